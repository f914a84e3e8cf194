import { FlowplaneError, type FlowplaneClient } from '@flowplane/contracts/client';
import { useState } from 'react';
import { useWorkspace } from '../session/use-workspace.js';
import type { RunItem } from './run-list.js';

/** Commands under way at the same time: more would be held up by the quota of a tenant. */
const AT_A_TIME = 4;

const ACTIONS = {
  cancel: {
    name: 'Cancel',
    call: (flowplane: FlowplaneClient, { flowId, executionId }: RunItem) =>
      flowplane.call('cancelExecution', { params: { flowId, executionId } }),
  },
  retry: {
    name: 'Run again',
    call: (flowplane: FlowplaneClient, { flowId, executionId }: RunItem) =>
      flowplane.call('retryExecution', { params: { flowId, executionId }, body: { from: 'start' } }),
  },
} as const;

type Outcome = { readonly run: RunItem; readonly refusal: string | null };

/** Does the same with many runs, and says what came of each. */
export function BulkActions({
  selected,
  clear,
}: {
  readonly selected: readonly RunItem[];
  readonly clear: () => void;
}) {
  const { flowplane } = useWorkspace();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const [left, setLeft] = useState(0);
  const act = async (name: keyof typeof ACTIONS): Promise<void> => {
    const waiting = [...selected];
    if (waiting.length > 1 && !confirm(`${ACTIONS[name].name}: ${waiting.length} runs?`)) return;
    setOutcomes([]);
    setLeft(waiting.length);
    clear();
    const work = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        const refusal = await ACTIONS[name].call(flowplane, run).then(() => null, reasonOf);
        const outcome = { run, refusal };
        setOutcomes((known) => [...known, outcome]);
        setLeft((count) => count - 1);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  };
  const refused = outcomes.filter(({ refusal }) => refusal !== null);
  return (
    <div className="bulk">
      <span className="soft">{selected.length} selected</span>
      {(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).map((name) => (
        <button key={name} disabled={selected.length === 0 || left > 0} onClick={() => void act(name)}>
          {ACTIONS[name].name}
        </button>
      ))}
      {outcomes.length > 0 && (
        <span role="status">
          {outcomes.length - refused.length} done{left > 0 && `, ${left} to go`}
          {refused.length > 0 && `, ${refused.length} refused`}
        </span>
      )}
      {refused.length > 0 && (
        <ul className="refusals">
          {refused.map(({ run, refusal }) => (
            <li key={run.executionId}>
              <code>{run.runId}</code> {refusal}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const reasonOf = (cause: unknown): string => (cause instanceof FlowplaneError ? cause.message : String(cause));
