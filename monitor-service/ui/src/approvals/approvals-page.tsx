import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useMay } from '../api/may.js';
import { usePages, type Pages } from '../api/use-pages.js';
import { useReadsBehind, useWorkspaceStream } from '../api/use-workspace-stream.js';
import { DocsLink } from '../parts/docs-link.js';
import { NotAllowed } from '../parts/not-allowed.js';
import { Paged } from '../parts/paged.js';
import { Page } from '../parts/page.js';
import { FlowLink, RunLink } from '../parts/run-link.js';
import { Countdown, Time } from '../parts/time.js';
import { ApprovalButtons } from '../run/approval-buttons.js';
import { useWorkspace } from '../session/use-workspace.js';
import {
  closedBetween,
  inOrderOfComing,
  isSame,
  keyOfApproval,
  withGone,
  type Approval,
  type Gone,
} from './open-approvals.js';

/** The stream of the workspace says nothing about nodes, so that an approval behind a long task is found by reading. */
const READ_AGAIN_MS = 2_000;

/** What waits for somebody to say yes or no. */
export default function ApprovalsPage() {
  const [address] = useSearchParams();
  const isMine = address.get('for') !== 'all';
  const { workspaceId } = useWorkspace();
  const may = useMay('signalExecution');
  return (
    <Page title="Approvals" about="Runs that go on when somebody has said yes or no.">
      <div className="choices" role="group" aria-label="Whose">
        <Choice to="?for=me" isChosen={isMine} name="For me to decide" />
        <Choice to="?for=all" isChosen={!isMine} name="All" />
      </div>
      <NotAllowed operation="signalExecution">You may see what waits, and not decide it.</NotAllowed>
      {/* By the key, what waited in another workspace is not taken for decided. */}
      <OpenApprovals key={`${workspaceId} ${isMine}`} isMine={isMine} may={may} />
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
  const { flowplane } = useWorkspace();
  const approvals = usePages<Approval>(
    ['approvals', isMine],
    async (page, signal) =>
      (await flowplane.call('listApprovals', { query: { for: isMine ? 'me' : 'all', ...page }, signal })).body,
    { refetchInterval: READ_AGAIN_MS, staleTime: 0 },
  );
  const readBehind = useReadsBehind(approvals.againWhenIdle);
  useWorkspaceStream({ onBegin: readBehind, onFrames: readBehind });
  const { gone, decidedHere } = useGone(approvals);
  const open = approvals.items?.filter((approval) => !gone.some((one) => isSame(one.approval, approval)));
  const cards = useOrderOfComing(open);
  return (
    <>
      <Paged pages={{ ...approvals, items: cards }} name="approvals" empty={<Nothing isMine={isMine} />}>
        {(items) => (
          <ul className="cards" aria-label="Approvals that wait">
            {items.map((approval) => (
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
        )}
      </Paged>
      {/* Behind the cards, which must not move under a pointer; it stays in sight. */}
      <div aria-live="polite" className="word-of-gone">
        {gone.map(({ approval, isByMe }) => (
          <p key={keyOfApproval(approval)} className="notice">
            <strong>{approval.name ?? approval.nodeId}</strong> of {approval.flowId}{' '}
            {isByMe ? 'is decided.' : 'waits no more: somebody else has decided it, or its time or its run has ended.'}{' '}
            <RunLink id={approval.executionId}>See the run</RunLink>
          </p>
        ))}
      </div>
    </>
  );
}

/** Approvals in the order in which this page has first shown them. */
function useOrderOfComing(open: readonly Approval[] | undefined): readonly Approval[] | undefined {
  const shown = useRef<readonly string[]>([]);
  const ordered = open && inOrderOfComing(shown.current, open);
  useEffect(() => {
    if (ordered !== undefined) shown.current = ordered.map(keyOfApproval);
  });
  return ordered;
}

function Nothing({ isMine }: { readonly isMine: boolean }) {
  return (
    <>
      {isMine ? 'Nothing waits for you. ' : 'Nothing waits. '}
      {isMine ? 'What others have to decide is under “All”.' : 'A run that comes to an approval appears here.'} See{' '}
      <DocsLink page="language#approval">how flows ask people</DocsLink>.
    </>
  );
}

/** Approvals that were open when the list was read before, or that were decided on this page. */
function useGone({ items, more }: Pages<Approval>) {
  const [gone, setGone] = useState<readonly Gone[]>([]);
  const before = useRef<readonly Approval[]>([]);
  const isAll = more === undefined;
  useEffect(() => {
    if (items === undefined) return;
    const closed = closedBetween(before.current, { items, isAll });
    before.current = items;
    if (closed.length > 0) setGone((known) => withGone(known, closed, false));
  }, [items, isAll]);
  return { gone, decidedHere: (approval: Approval) => setGone((known) => withGone(known, [approval], true)) };
}

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
        <ApprovalButtons
          {...{ run: { flowId, executionId }, nodeId, onDecided }}
          {...{ name, message }}
          isDisabled={!may}
        />
        <RunLink id={executionId}>See the run</RunLink>
      </div>
    </li>
  );
}
