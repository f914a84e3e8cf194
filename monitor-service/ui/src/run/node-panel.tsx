import { useMay } from '../api/may.js';
import { JsonView } from '../parts/json-view.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Countdown, Duration, Time } from '../parts/time.js';
import { ApprovalButtons } from './approval-buttons.js';
import { RetryFrom } from './run-actions.js';
import { httpStatusOf, isOver, nextAttemptOf, type AttemptView, type NodeView, type RunDetail } from './run-model.js';

type NodeDetail = RunDetail['nodes'][number];

export type NodePanelProps = {
  readonly run: RunDetail;
  readonly node: NodeDetail;
  /** What the stream has told of it; undefined before it was reached. */
  readonly state: NodeView | undefined;
  readonly close: () => void;
};

/** What a node got, gave and went through. */
export function NodePanel({ run, node, state, close }: NodePanelProps) {
  const status = state?.status ?? node.status;
  const may = useMay('signalExecution');
  const attempts: readonly AttemptView[] = state?.attempts ?? node.attempts;
  return (
    <aside className="panel" aria-label={`Node ${node.nodeId}`}>
      <header>
        <h2>
          {node.nodeId} <StatusBadge status={status} />
        </h2>
        <button onClick={close} aria-label="Close">
          ✕
        </button>
      </header>
      {node.reused && <p className="soft">Taken over from the run before: it did not run again.</p>}
      {status === 'waiting-approval' && !isOver(run.status) && (
        <ApprovalButtons run={run} nodeId={node.nodeId} isDisabled={!may} />
      )}
      <HttpStatus output={node.output} />
      {node.error?.stack !== undefined && (
        <section>
          <h3>Where it failed</h3>
          <pre className="json" tabIndex={0}>
            {node.error.stack}
          </pre>
        </section>
      )}
      <Attempts
        attempts={attempts}
        runEnd={run.closedAt}
        next={isOver(run.status) ? undefined : nextAttemptOf(status, attempts)}
      />
      <section>
        <h3>Input</h3>
        <JsonView value={node.input} link={node.inputLink} />
      </section>
      <section>
        <h3>Output</h3>
        <JsonView value={node.output} link={node.outputLink} />
      </section>
      {isOver(run.status) && status !== 'pending' && status !== 'skipped' && (
        <RetryFrom run={run} nodeId={node.nodeId} />
      )}
    </aside>
  );
}

/** Of an answer over HTTP: a task that got a 404 has completed, and that is easily overlooked. */
function HttpStatus({ output }: { readonly output: unknown }) {
  const status = httpStatusOf(output);
  if (status === undefined) return null;
  return (
    <p className={`notice ${status >= 400 ? 'notice-warning' : ''}`}>
      The server answered with <strong>{status}</strong>.
    </p>
  );
}

type AttemptsProps = {
  readonly attempts: readonly AttemptView[];
  readonly runEnd: string | null;
  /** When the next one is due. */
  readonly next: string | undefined;
};

function Attempts({ attempts, runEnd, next }: AttemptsProps) {
  if (attempts.length === 0) return null;
  return (
    <section>
      <h3>Attempts</h3>
      <ol className="attempts">
        {attempts.map((attempt) => (
          <li key={attempt.attemptNumber}>
            <span>
              {attempt.attemptNumber}. <StatusBadge status={attempt.status} />
            </span>
            <span className="soft">
              <Time at={attempt.startedAt} /> · <Duration from={attempt.startedAt} to={attempt.completedAt ?? runEnd} />
            </span>
            {attempt.error !== undefined && <p className="error">{attempt.error.message}</p>}
          </li>
        ))}
      </ol>
      {next !== undefined && (
        <p>
          It is tried again <Countdown to={next} past="now" />.
        </p>
      )}
    </section>
  );
}
