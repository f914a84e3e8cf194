import { FlowplaneError, type FlowplaneClient } from '@flowplane/contracts/client';
import { useState } from 'react';
import { decided, Undecided } from '../api/decided.js';
import { useIntents, type Intents } from '../api/intents.js';
import { useMay } from '../api/may.js';
import { RunLink } from '../parts/run-link.js';
import { useWorkspace } from '../session/use-workspace.js';
import { doWithEach, type EachOutcome } from './do-with-each.js';
import type { RunItem } from './run-list.js';

/** Commands under way at the same time: more would be held up by the quota of a tenant. */
const AT_A_TIME = 4;

type Act = (flowplane: FlowplaneClient, run: RunItem, intend: Intents) => Promise<unknown>;

const ACTIONS: Readonly<Record<'cancel' | 'retry', { readonly name: string; readonly call: Act }>> = {
  cancel: {
    name: 'Cancel',
    call: async (flowplane, { flowId, executionId }) =>
      decided(flowplane, (await flowplane.call('cancelExecution', { params: { flowId, executionId } })).body),
  },
  retry: {
    name: 'Run again',
    call: (flowplane, { flowId, executionId }, intend) =>
      intend(executionId, async (idempotencyKey) => {
        const call = { params: { flowId, executionId }, body: { from: 'start' }, idempotencyKey } as const;
        return decided(flowplane, (await flowplane.call('retryExecution', call)).body);
      }),
  },
};

type BulkActionsProps = {
  /** All that are listed. */
  readonly listed: readonly RunItem[];
  readonly selected: readonly RunItem[];
  readonly select: (runs: readonly RunItem[]) => void;
};

/** Does the same with many runs, and says what came of each. */
export function BulkActions({ listed, selected, select }: BulkActionsProps) {
  const { flowplane } = useWorkspace();
  const may = { cancel: useMay('cancelExecution'), retry: useMay('retryExecution') };
  const [outcomes, setOutcomes] = useState<readonly EachOutcome<RunItem>[]>([]);
  const [left, setLeft] = useState(0);
  const intend = useIntents();
  const act = async (name: keyof typeof ACTIONS): Promise<void> => {
    if (selected.length > 1 && !confirm(`${ACTIONS[name].name}: ${selected.length} runs?`)) return;
    setOutcomes([]);
    setLeft(selected.length);
    select([]);
    const onOutcome = (outcome: EachOutcome<RunItem>): void => {
      setOutcomes((known) => [...known, outcome]);
      setLeft((count) => count - 1);
    };
    await doWithEach(selected, (run) => ACTIONS[name].call(flowplane, run, intend), { atATime: AT_A_TIME, onOutcome });
  };
  const isAll = listed.length > 0 && selected.length === listed.length;
  return (
    <div className="bulk">
      <label className="inline">
        <input
          type="checkbox"
          aria-label="Select all that are shown"
          checked={isAll}
          onChange={() => select(isAll ? [] : listed)}
        />
        <span className="soft">{selected.length === 0 ? 'Select all' : `${selected.length} selected`}</span>
      </label>
      {(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).map((name) => (
        <button key={name} disabled={selected.length === 0 || left > 0 || !may[name]} onClick={() => void act(name)}>
          {ACTIONS[name].name}
        </button>
      ))}
      {outcomes.length > 0 && <span role="status">{summaryOf(outcomes, left)}</span>}
      {outcomes.length > 0 && (
        <ul className="outcomes" aria-label="What came of each" tabIndex={0}>
          {outcomes.map(({ item, fault }) => (
            <li key={item.executionId}>
              <RunLink id={item.executionId}>{item.runId}</RunLink> {item.flowId} <Outcome fault={fault} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function summaryOf(outcomes: readonly EachOutcome<RunItem>[], left: number): string {
  const undecided = outcomes.filter(({ fault }) => fault instanceof Undecided).length;
  const refused = outcomes.filter(({ fault }) => fault !== undefined).length - undecided;
  return [
    `${outcomes.length - refused - undecided} done`,
    ...(left > 0 ? [`${left} to go`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(undecided > 0 ? [`${undecided} not decided yet`] : []),
  ].join(', ');
}

function Outcome({ fault }: { readonly fault: unknown }) {
  if (fault === undefined) return <span data-outcome="accepted">✓ done</span>;
  if (fault instanceof Undecided) return <span className="soft">… {fault.message}</span>;
  return <span data-outcome="denied">✕ {reasonOf(fault)}</span>;
}

const reasonOf = (cause: unknown): string =>
  cause instanceof FlowplaneError ? cause.detail : cause instanceof Error ? cause.message : String(cause);
