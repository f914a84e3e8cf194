import type { NodeStatus, RunStatus } from '../run/run-model.js';

/** Told apart by colour, shape and word. */
const MARKS: Readonly<Record<RunStatus | NodeStatus, string>> = {
  Pending: '○',
  Running: '●',
  Completed: '✓',
  Failed: '✕',
  Canceled: '⊘',
  Terminated: '⊘',
  TimedOut: '✕',
  ContinuedAsNew: '↻',
  pending: '○',
  scheduled: '○',
  started: '●',
  retrying: '↻',
  'waiting-approval': '?',
  completed: '✓',
  failed: '✕',
  skipped: '–',
};

const WORDS: Readonly<Partial<Record<RunStatus | NodeStatus, string>>> = {
  TimedOut: 'Timed out',
  ContinuedAsNew: 'Continued',
  'waiting-approval': 'waits for approval',
};

export function StatusBadge({ status }: { readonly status: RunStatus | NodeStatus }) {
  return (
    <span className="badge" data-status={status}>
      <span aria-hidden="true">{MARKS[status]}</span> {WORDS[status] ?? status}
    </span>
  );
}
