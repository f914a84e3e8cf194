/** Called at each place where a test may end the process. */
export type AtFaultPoint<Point extends string> = (point: Point) => void;

/**
 * Ends the process with SIGKILL, as a crash would, where the armed place is reached.
 *
 * @param armed FLOWS_FAULT_POINT; undefined: none, as always in production
 * @param after at which visit to the place, from 1
 */
export function makeFaultPoints<Point extends string>(armed: Point | undefined, after = 1): AtFaultPoint<Point> {
  let visits = 0;
  return (point) => {
    if (point !== armed || ++visits !== after) return;
    process.stderr.write(`fault point ${point}: killed\n`);
    process.kill(process.pid, 'SIGKILL');
  };
}

/**
 * FLOWS_FAULT_POINT is shared by all processes: a place of another one is nothing to this one, and no fault.
 *
 * @param prefix of the places of this process, as `executor-`
 */
export function withoutForeignFaultPoint(
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
): Readonly<Record<string, string | undefined>> {
  return env['FLOWS_FAULT_POINT']?.startsWith(prefix) === true ? env : { ...env, FLOWS_FAULT_POINT: undefined };
}
