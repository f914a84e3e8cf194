/** Places where a test may end the process, as a crash would: without cleaning up. */
export const FAULT_POINTS = [
  'executor-after-start-exit',
  'executor-before-close-report-exit',
  'executor-after-close-report-exit',
  'executor-drain-schedules-exit',
  'executor-drain-runs-exit',
  'executor-drain-histories-exit',
  'executor-drain-report-exit',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Called at each place; ends the process with code 137 where the armed one is reached. */
export type AtFaultPoint = (point: FaultPoint) => void;

/** @param armed FLOWS_FAULT_POINT; undefined: none, as always in production */
export function makeFaultPoints(armed: FaultPoint | undefined): AtFaultPoint {
  return (point) => {
    if (point !== armed) return;
    process.stderr.write(`fault point ${point}: exit\n`);
    process.exit(137);
  };
}
