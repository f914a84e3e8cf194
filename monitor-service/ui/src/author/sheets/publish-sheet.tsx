import type { AnswerOf } from '@flowplane/contracts/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useRef } from 'react';
import { Link } from 'react-router';
import type { Flow } from '../../api/flow-queries.js';
import { newKey } from '../../api/new-key.js';
import { decided } from '../../api/decided.js';
import { CopyButton } from '../../parts/copy-button.js';
import { Problem } from '../../parts/problem.js';
import { Sheet } from '../../parts/sheet.js';
import { useWorkspace } from '../../session/use-workspace.js';
import { FindingsList } from '../findings-list.js';
import { language } from '../language/language.js';
import { textOf } from '../text-of.js';
import { ask } from '../use-findings.js';
import { isConflict, type Draft } from '../use-draft.js';

const DiffView = lazy(() => import('../editor/diff-view.js'));
const YamlView = lazy(() => import('../editor/yaml-view.js'));

export type Published = Exclude<AnswerOf<'publishFlow'>, { readonly commandId: string }>;

export type PublishSheetProps = {
  readonly draft: Draft;
  readonly flow: Flow;
  readonly close: () => void;
};

/** What publishing would change, what is wrong with it, and then the version. */
export function PublishSheet({ draft, flow, close }: PublishSheetProps) {
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const { text, revision } = draft.stored;
  const { flowId } = flow;
  const key = useRef(newKey());
  const latest = useQuery({
    queryKey: ['text-of-latest', workspaceId, flowId, flow.latestVersion],
    queryFn: async ({ signal }) => {
      if (flow.latestVersion === null) return '';
      const params = { flowId, version: flow.latestVersion };
      return textOf((await flowplane.call('getVersion', { params, signal })).body);
    },
    staleTime: Infinity,
  });
  const findings = useQuery({
    queryKey: ['findings', workspaceId, text],
    queryFn: async ({ signal }) => ask(flowplane, await language().check(text), signal),
    staleTime: 0,
  });
  const publish = useMutation({
    mutationFn: async (): Promise<Published> => {
      const call = { params: { flowId }, idempotencyKey: key.current, handling: 'lenient' } as const;
      const ifMatch = revision === null ? {} : { ifMatch: revision };
      return decided<Published>(
        flowplane,
        (await flowplane.call('publishFlow', { ...call, ...ifMatch })).body as Published,
      );
    },
    onSuccess: async ({ version }) => {
      const { body } = await flowplane.call('getFlow', { params: { flowId } });
      draft.rebase({ text, revision: body.revision });
      queries.setQueryData(['flow', workspaceId, flowId], { ...body, latestVersion: version });
      await queries.invalidateQueries({ queryKey: ['versions', workspaceId, flowId] });
    },
  });
  if (publish.isSuccess) return <PublishedSheet published={publish.data} close={close} />;
  const errors = findings.data?.filter(({ severity }) => severity === 'error') ?? [];
  return (
    <Sheet title={`Publish ${flowId}`} close={close}>
      <p>
        {flow.latestVersion === null
          ? 'This becomes version 1. Runs and triggers follow it from then on.'
          : `Version ${flow.latestVersion} is what runs now. New runs and triggers follow the new version; runs that have begun go on as they are.`}
      </p>
      {latest.isError && <Problem cause={latest.error} retry={() => void latest.refetch()} />}
      {latest.isSuccess && (
        <Suspense fallback={<p className="empty">Comparing…</p>}>
          {flow.latestVersion === null ? (
            <YamlView text={text} name="Your draft" />
          ) : (
            <DiffView before={latest.data} after={text} names={[`Version ${flow.latestVersion}`, 'Your draft']} />
          )}
        </Suspense>
      )}
      <h3>Findings</h3>
      {findings.isError ? <Problem cause={findings.error} /> : <FindingsList findings={findings.data} />}
      {publish.isError && (
        <>
          {isConflict(publish.error) && (
            <p>Somebody else has saved meanwhile. Close this and save: then you see what they did.</p>
          )}
          <Problem cause={publish.error} />
        </>
      )}
      <div className="actions">
        <button
          className="primary"
          disabled={publish.isPending || findings.isPending || errors.length > 0}
          onClick={() => publish.mutate()}
        >
          {publish.isPending ? 'Publishing…' : 'Publish'}
        </button>
        <button onClick={close}>Not yet</button>
        {errors.length > 0 && <span className="error">Errors keep it from being published.</span>}
      </div>
    </Sheet>
  );
}

/** What was published, with the secrets that are shown only now. */
export function PublishedSheet({ published, close }: { readonly published: Published; readonly close: () => void }) {
  const { workspaceId } = useWorkspace();
  const { flowId, version, triggers } = published;
  const base = `/w/${encodeURIComponent(workspaceId)}/flows/${encodeURIComponent(flowId)}`;
  const secrets = triggers.webhooks.filter(({ secret }) => secret !== null);
  return (
    <Sheet title={`Version ${version} is published`} close={close}>
      {secrets.length > 0 && (
        <div className="notice notice-warning">
          <strong>Secrets of webhooks are shown only here. Copy them now.</strong>
          <dl>
            {secrets.map(({ triggerId, secret }) => (
              <div key={triggerId}>
                <dt>{triggerId}</dt>
                <dd>
                  <code>{secret}</code> <CopyButton text={secret ?? ''} label={`Copy the secret of ${triggerId}`} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      )}
      <div className="actions">
        <Link className="button primary" to={base}>
          Start a run
        </Link>
        <Link className="button" to={`${base}/versions`}>
          Versions
        </Link>
        <button onClick={close}>Go on writing</button>
      </div>
    </Sheet>
  );
}
