import { appendFileSync } from 'node:fs';

/**
 * Places where a test may stop or kill this process, named `<point>-stop` or `<point>-exit`:
 *
 * - `before-marker`: the log is folded to its end, nothing is written yet (also no producer id: a broker that knows a
 *   later epoch would refuse the claim, and the reader rule would go untested)
 * - `after-fence`: the producer id is ours, the claim is not written
 * - `after-marker`: the claim is in the log, nothing is decided
 * - `mid-batch`: commands are decided, their events not sent
 * - `after-ack`: events are in the log, this process does not know it yet
 */
export const FAULT_POINTS = ['before-marker', 'after-fence', 'after-marker', 'mid-batch', 'after-ack'] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];
type Action = 'stop' | 'exit';

/** Called at a point; with no fault configured it does nothing. */
export type FaultPoints = (point: FaultPoint, partition: number) => void;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads FLOWS_FAULT_POINT (comma list), FLOWS_FAULT_AFTER (it happens at this visit to the point, default 1),
 * FLOWS_FAULT_PARTITION (only there; default: anywhere) and FLOWS_FAULT_FILE (gets a line `<name> <partition> <pid>`
 * just before). `stop` is SIGSTOP, so that SIGCONT makes a zombie; `exit` is SIGKILL. Each fault happens once. Names that
 * begin with `executor-` or `worker-` are left to those, which may be in the same process.
 *
 * @throws Error in production, and for a name that is none
 */
export function readFaultPoints(env: Env): FaultPoints {
  const text = env['FLOWS_FAULT_POINT'];
  if (text === undefined || text === '') return () => undefined;
  if (env['NODE_ENV'] === 'production') throw new Error('FLOWS_FAULT_POINT is refused in production');
  const names = text.split(',').map((name) => name.trim());
  const faults = names.filter((name) => !/^(executor|worker)-/.test(name)).map(parseFault);
  const after = Number(env['FLOWS_FAULT_AFTER'] ?? '1');
  const only = env['FLOWS_FAULT_PARTITION'];
  const reached = new Map<FaultPoint, number>();
  return (point, partition) => {
    if (only !== undefined && only !== '' && Number(only) !== partition) return;
    const fault = faults.find((candidate) => candidate.point === point);
    if (fault === undefined) return;
    const times = (reached.get(point) ?? 0) + 1;
    reached.set(point, times);
    if (times !== after) return;
    const file = env['FLOWS_FAULT_FILE'];
    if (file !== undefined) appendFileSync(file, `${point}-${fault.action} ${partition} ${process.pid}\n`);
    process.kill(process.pid, fault.action === 'stop' ? 'SIGSTOP' : 'SIGKILL');
  };
}

function parseFault(name: string): { readonly point: FaultPoint; readonly action: Action } {
  for (const point of FAULT_POINTS) {
    if (name === `${point}-stop`) return { point, action: 'stop' };
    if (name === `${point}-exit`) return { point, action: 'exit' };
  }
  throw new Error(`FLOWS_FAULT_POINT ${name} is none of ${FAULT_POINTS.join(', ')} with -stop or -exit`);
}
