import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useParams } from 'react-router';
import { useFlow } from '../api/flow-queries.js';
import { useMe } from '../api/use-me.js';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import '../styles/author.css';
import { Author } from './author.js';
import { textOf } from './text-of.js';
import type { UnsavedPlace } from './unsaved.js';

/** A flow that is there, to be changed. */
export default function EditPage() {
  const { workspaceId = '', flowId = '' } = useParams();
  return <Edit key={JSON.stringify([workspaceId, flowId])} flowId={flowId} />;
}

function Edit({ flowId }: { readonly flowId: string }) {
  const { workspaceId, flowplane } = useWorkspace();
  const place = useUnsavedPlace(flowId);
  const queries = useQueryClient();
  const flow = useFlow(flowId);
  const opened = useQuery({
    queryKey: ['flow-to-edit', workspaceId, flowId],
    // What is written is not read again under the hands of who writes it.
    ...{ staleTime: Infinity, gcTime: 0 },
    queryFn: async ({ signal }) => {
      const { body } = await flowplane.call('getFlow', { params: { flowId }, signal });
      queries.setQueryData(['flow', workspaceId, flowId], body);
      return { flow: body, text: await textOf(body) };
    },
  });
  if (opened.isError && opened.data === undefined)
    return <Problem cause={opened.error} retry={() => void opened.refetch()} isPage />;
  if (opened.data === undefined || place === undefined) return <p className="page soft">Reading the flow…</p>;
  // The text begins with what was opened; which version is published may change meanwhile.
  return (
    <Author
      {...{
        place,
        flow: flow.data ?? opened.data.flow,
        revision: opened.data.flow.revision,
        initial: opened.data.text,
      }}
    />
  );
}

/** Where this tab keeps what is not saved; undefined until it is known who writes. */
export function useUnsavedPlace(flowId: string | null, from: string | null = null): UnsavedPlace | undefined {
  const { workspaceId } = useWorkspace();
  const { data } = useMe();
  return useMemo(() => {
    if (data === undefined) return undefined;
    return { tenantId: data.tenantId, actorId: data.actorId, workspaceId, flowId, from };
  }, [data, workspaceId, flowId, from]);
}
