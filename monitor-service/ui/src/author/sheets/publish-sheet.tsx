import type { AnswerOf } from '@flowplane/contracts/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router';
import type { Flow } from '../../api/flow-queries.js';
import { decided } from '../../api/decided.js';
import type { Intents } from '../../api/intents.js';
import { CopyButton } from '../../parts/copy-button.js';
import { Problem } from '../../parts/problem.js';
import { LOSES_SECRET, useKeepShown } from '../../parts/secret-once.js';
import { Sheet } from '../../parts/sheet.js';
import { useWorkspace } from '../../session/use-workspace.js';
import { FindingsList } from '../findings-list.js';
import { language } from '../language/language.js';
import { isConflict, type Stored } from '../save-draft.js';
import { textOf } from '../text-of.js';
import type { Draft } from '../use-draft.js';
import { ask } from '../use-findings.js';

const DiffView = lazy(() => import('../editor/diff-view.js'));
const YamlView = lazy(() => import('../editor/yaml-view.js'));

export type Published = Exclude<AnswerOf<'publishFlow'>, { readonly commandId: string }>;

export type PublishSheetProps = {
  readonly draft: Draft;
  readonly flow: Flow;
  /** Of the page, so that a try after a lost answer, with the sheet opened anew, publishes nothing twice. */
  readonly intend: Intents;
  readonly close: () => void;
};

/** What publishing would change, what is wrong with it, and then the version. */
export function PublishSheet({ draft, flow, intend, close }: PublishSheetProps) {
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const { text } = draft.stored;
  const { flowId } = flow;
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
    queryFn: async ({ signal }) => {
      const own = await language().check(text);
      return (await ask(flowplane, own, signal)) ?? own.findings;
    },
    staleTime: 0,
  });
  const publish = useMutation({
    mutationFn: ({ revision }: Stored): Promise<Published> =>
      intend(JSON.stringify([flowId, revision]), async (idempotencyKey) => {
        const call = { params: { flowId }, idempotencyKey, handling: 'lenient' } as const;
        const ifMatch = revision === null ? {} : { ifMatch: revision };
        return decided<Published>(
          flowplane,
          (await flowplane.call('publishFlow', { ...call, ...ifMatch })).body as Published,
        );
      }),
    onSuccess: ({ version }, published) => {
      // What is read after this may fail, and the version is published all the same: a publish makes the next revision.
      if (published.revision !== null) draft.rebase({ text: published.text, revision: published.revision + 1 });
      queries.setQueryData<Flow>(['flow', workspaceId, flowId], (old) => old && { ...old, latestVersion: version });
      for (const name of ['flow', 'versions'])
        void queries.invalidateQueries({ queryKey: [name, workspaceId, flowId] });
    },
    gcTime: 0, // secrets are in the answer
  });
  if (publish.isSuccess) return <PublishedSheet published={publish.data} close={close} leave="Go on writing" />;
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
            <p>Somebody else has saved meanwhile. Close this and reload the page: then you see what they did.</p>
          )}
          <Problem cause={publish.error} />
        </>
      )}
      <div className="actions">
        <button
          className="primary"
          disabled={publish.isPending || findings.isPending || errors.length > 0}
          onClick={() => publish.mutate(draft.stored)}
        >
          {publish.isPending ? 'Publishing…' : 'Publish'}
        </button>
        <button onClick={close}>Not yet</button>
        {errors.length > 0 && <span className="error">Errors keep it from being published.</span>}
      </div>
    </Sheet>
  );
}

export type PublishedSheetProps = {
  readonly published: Published;
  readonly close: () => void;
  /** What closing leads back to. */
  readonly leave: string;
};

/** What was published, with the secrets that are shown only now. */
export function PublishedSheet({ published, close, leave }: PublishedSheetProps) {
  const { workspaceId } = useWorkspace();
  const { flowId, version, triggers } = published;
  const base = `/w/${encodeURIComponent(workspaceId)}/flows/${encodeURIComponent(flowId)}`;
  const secrets = triggers.webhooks.filter(({ secret }) => secret !== null);
  const [isKept, setKept] = useState(secrets.length === 0);
  const takeBack = useKeepShown(!isKept);
  const closeAnyhow = (): void => {
    if (!isKept && !confirm(LOSES_SECRET)) return;
    takeBack();
    close();
  };
  return (
    <Sheet title={`Version ${version} is published`} close={closeAnyhow}>
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
        {isKept ? (
          <>
            <Link className="button primary" to={base}>
              Start a run
            </Link>
            <Link className="button" to={`${base}/versions`}>
              Versions
            </Link>
            <button onClick={close}>{leave}</button>
          </>
        ) : (
          <button className="primary" onClick={() => setKept(true)}>
            I have kept them
          </button>
        )}
      </div>
    </Sheet>
  );
}
