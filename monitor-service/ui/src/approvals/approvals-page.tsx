import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useMay } from '../api/may.js';
import { useReadsBehind, useWorkspaceStream } from '../api/use-workspace-stream.js';
import { NotAllowed } from '../parts/not-allowed.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { FlowLink, RunLink } from '../parts/run-link.js';
import { Countdown, Time } from '../parts/time.js';
import { ApprovalButtons } from '../run/approval-buttons.js';
import { useWorkspace } from '../session/use-workspace.js';
import { closedBetween, keyOfApproval, type Approval, type ApprovalPage } from './open-approvals.js';

/** The stream of the workspace does not tell of nodes, so that an approval behind a long task is found by reading. */
const READ_AGAIN_MS = 2_000;
const PAGE_SIZE = 200;

/** What waits for somebody to say yes or no. */
export default function ApprovalsPage() {
  const [address] = useSearchParams();
  const isMine = address.get('for') !== 'all';
  const may = useMay('signalExecution');
  return (
    <Page title="Approvals" about="Runs that go on when somebody has said yes or no.">
      <div className="choices" role="group" aria-label="Whose">
        <Choice to="?for=me" isChosen={isMine} name="For me to decide" />
        <Choice to="?for=all" isChosen={!isMine} name="All" />
      </div>
      <NotAllowed operation="signalExecution">You may see what waits, and not decide it.</NotAllowed>
      <OpenApprovals key={String(isMine)} isMine={isMine} may={may} />
    </Page>
  );
}

function Choice({ to, isChosen, name }: { readonly to: string; readonly isChosen: boolean; readonly name: string }) {
  return (
    <Link className="choice" to={to} replace aria-current={isChosen ? 'true' : undefined}>
      {name}
    </Link>
  );
}

function OpenApprovals({ isMine, may }: { readonly isMine: boolean; readonly may: boolean }) {
  const { workspaceId, flowplane } = useWorkspace();
  const query = useQuery({
    queryKey: ['approvals', workspaceId, isMine],
    queryFn: async ({ signal }) =>
      (
        await flowplane.call('listApprovals', {
          query: { for: isMine ? 'me' : 'all', 'page[size]': PAGE_SIZE },
          signal,
        })
      ).body,
    refetchInterval: READ_AGAIN_MS,
    staleTime: 0,
  });
  const readBehind = useReadsBehind(() => void query.refetch());
  useWorkspaceStream({ onBegin: readBehind, onFrames: readBehind });
  const { gone, decidedHere } = useGone(query.data);
  const items = query.data?.items.filter((approval) => !gone.some((one) => isSame(one.approval, approval)));
  return (
    <>
      <div aria-live="polite">
        {gone.map(({ approval, isByMe }) => (
          <p key={keyOfApproval(approval)} className="notice">
            <strong>{approval.name ?? approval.nodeId}</strong> of {approval.flowId}{' '}
            {isByMe ? 'is decided.' : 'waits no more: somebody else has decided it, or its time or its run has ended.'}{' '}
            <RunLink id={approval.executionId}>See the run</RunLink>
          </p>
        ))}
      </div>
      {query.isError && <Problem cause={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <p className="empty">Reading the approvals…</p>}
      {items?.length === 0 && <Nothing isMine={isMine} />}
      <ul className="cards" aria-label="Approvals that wait">
        {items?.map((approval) => (
          <ApprovalCard
            key={keyOfApproval(approval)}
            {...{ approval, may }}
            onDecided={() => {
              decidedHere(approval);
              readBehind();
            }}
          />
        ))}
      </ul>
      {query.data !== undefined && query.data.nextPageToken !== null && (
        <p className="soft">These are the newest {PAGE_SIZE}. Older ones follow when some of them are decided.</p>
      )}
    </>
  );
}

function Nothing({ isMine }: { readonly isMine: boolean }) {
  return (
    <p className="empty nothing">
      {isMine ? 'Nothing waits for you. ' : 'Nothing waits. '}
      {isMine ? 'What others have to decide is under “All”.' : 'A run that comes to an approval appears here.'}
    </p>
  );
}

type Gone = { readonly approval: Approval; readonly isByMe: boolean };
/** Said about at once; earlier ones are forgotten. */
const GONE_SHOWN = 5;

/** Approvals that were open when the list was read before, or that were decided on this page. */
function useGone(page: ApprovalPage | undefined) {
  const [gone, setGone] = useState<readonly Gone[]>([]);
  const before = useRef<readonly Approval[]>([]);
  useEffect(() => {
    if (page === undefined) return;
    const closed = closedBetween(before.current, page);
    before.current = page.items;
    if (closed.length > 0) setGone((known) => withGone(known, closed, false));
  }, [page]);
  return { gone, decidedHere: (approval: Approval) => setGone((known) => withGone(known, [approval], true)) };
}

function withGone(known: readonly Gone[], closed: readonly Approval[], isByMe: boolean): readonly Gone[] {
  const added = closed.filter((one) => !known.some(({ approval }) => isSame(approval, one)));
  return [...added.map((approval) => ({ approval, isByMe })), ...known].slice(0, GONE_SHOWN);
}

const isSame = (one: Approval, other: Approval): boolean => keyOfApproval(one) === keyOfApproval(other);

type ApprovalCardProps = {
  readonly approval: Approval;
  readonly may: boolean;
  readonly onDecided: () => void;
};

function ApprovalCard({ approval, may, onDecided }: ApprovalCardProps) {
  const { executionId, flowId, nodeId, name, since, expiresAt, approvers, message } = approval;
  return (
    <li className="card approval">
      <div>
        <h2>{name ?? nodeId}</h2>
        {message !== null && <p className="message">{message}</p>}
        <dl className="facts">
          <dt>Flow</dt>
          <dd>
            <FlowLink id={flowId} /> <span className="soft">v{approval.version}</span>
          </dd>
          <dt>Waits since</dt>
          <dd>
            <Time at={since} />
          </dd>
          {expiresAt !== null && (
            <>
              <dt>Expires</dt>
              <dd>
                <Countdown to={expiresAt} past="now" />
              </dd>
            </>
          )}
          {approvers !== undefined && (
            <>
              <dt>Who may decide</dt>
              <dd>{approvers.length === 0 ? 'anybody who may signal runs' : approvers.join(', ')}</dd>
            </>
          )}
        </dl>
      </div>
      <div>
        <ApprovalButtons {...{ run: { flowId, executionId }, nodeId, onDecided }} isDisabled={!may} />
        <RunLink id={executionId}>See the run</RunLink>
      </div>
    </li>
  );
}
