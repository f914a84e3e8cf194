/**
 * The last attempt this process saw of nodes that needed more than one, for reports from the workflow, which does not
 * know attempts. Forgetful beyond a bound: the number is then 1, and the final table is right all the same.
 */
export type AttemptMemory = {
  readonly note: (executionId: string, nodeId: string, attempt: number) => void;
  readonly recall: (executionId: string, nodeId: string) => number;
};

const MAX_NODES = 10_000;

export function makeAttemptMemory(): AttemptMemory {
  const attempts = new Map<string, number>();
  const keyOf = (executionId: string, nodeId: string): string => `${executionId}\n${nodeId}`;
  return {
    note: (executionId, nodeId, attempt) => {
      if (attempt === 1) return;
      const key = keyOf(executionId, nodeId);
      attempts.delete(key);
      attempts.set(key, attempt);
      if (attempts.size > MAX_NODES) attempts.delete(attempts.keys().next().value as string);
    },
    recall: (executionId, nodeId) => attempts.get(keyOf(executionId, nodeId)) ?? 1,
  };
}
