import { cpus } from 'node:os';

/** CPU time of the whole machine since it started, in ms, over all cores. */
export type MachineTime = { readonly idle: number; readonly total: number };

export function readMachineTime(): MachineTime {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (of: (one: (typeof times)[number]) => number): number => times.reduce((all, one) => all + of(one), 0);
  return { idle: sum(({ idle }) => idle), total: sum((one) => one.user + one.nice + one.sys + one.idle + one.irq) };
}

/** Share of the machine that nothing used between two readings, 0 to 1; what waited for a disk counts as used. */
export const idleShare = (before: MachineTime, after: MachineTime): number =>
  (after.idle - before.idle) / Math.max(1, after.total - before.total);
