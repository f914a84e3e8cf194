import type { CpuReading } from '../measure/process-cpu.js';
import { renderNumber } from './table.js';

/** Cores kept busy by each group over a span. */
export function coresOf(cpuSeconds: CpuReading, elapsedSeconds: number): CpuReading {
  return Object.fromEntries(Object.entries(cpuSeconds).map(([name, seconds]) => [name, seconds / elapsedSeconds]));
}

/** `CPU while …: a 0.9, b 0.6 cores`, the busiest first, what used next to nothing left out. */
export function describeShares(when: string, cores: CpuReading): string {
  const busy = Object.entries(cores)
    .filter(([, share]) => share >= 0.02)
    .sort(([, a], [, b]) => b - a);
  return `CPU ${when}, in cores: ${busy.map(([name, share]) => `${name} ${renderNumber(share)}`).join(', ')}.`;
}

/** `What: a 120, b 3`, the most first, what is below 1 left out. */
export function describeCounts(what: string, counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts)
    .filter(([, count]) => count >= 1)
    .sort(([, a], [, b]) => b - a);
  return `${what}: ${some.map(([name, count]) => `${name} ${renderNumber(count)}`).join(', ')}.`;
}
