/**
 * Places of a teardown where a test may end the process, as a crash would: the tenant is fenced; its rows are counted;
 * the rows that no projection has are removed; it is purged, and that is not noted yet.
 */
export const TEARDOWN_FAULT_POINTS = ['fenced', 'counted', 'removed', 'purged'] as const;
export type TeardownFaultPoint = (typeof TEARDOWN_FAULT_POINTS)[number];

/**
 * @param armed FLOWS_TEARDOWN_FAULT_POINT; undefined: none
 * @throws Error in production when one is armed
 */
export function makeTeardownFaultPoints(
  armed: TeardownFaultPoint | undefined,
  nodeEnv: string | undefined,
): (point: TeardownFaultPoint) => void {
  if (armed !== undefined && nodeEnv === 'production') {
    throw new Error('FLOWS_TEARDOWN_FAULT_POINT is refused in production');
  }
  return (point) => {
    if (point === armed) process.kill(process.pid, 'SIGKILL');
  };
}
