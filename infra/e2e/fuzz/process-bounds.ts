import { readFileSync } from 'node:fs';
import { scrape, SERVICES, type IsolatedServices, type ServiceName } from '@flowplane/stack';

export type ProcessFigures = {
  /** CPU time of the longest turn of its event loop, in ms. */
  readonly longestTurnMs: number;
  /** Most memory it has had at once, in MiB; undefined where there is no /proc. */
  readonly peakMiB: number | undefined;
  /** It has ended, and another one was started in its place. */
  readonly hasEnded: boolean;
};

/** The gateway publishes no own metrics. */
const WATCHED = SERVICES.filter((name) => name !== 'gateway');
const METRIC = 'flows_loop_turn_cpu_seconds_max';

/** Watches the processes of a set of services from now on. */
export function watchProcesses(services: IsolatedServices): {
  /** To be called more often than every ten minutes, which is how long the metric remembers. */
  readonly look: () => Promise<void>;
  readonly figures: () => Readonly<Partial<Record<ServiceName, ProcessFigures>>>;
} {
  const pids = new Map(WATCHED.map((name) => [name, services.pid(name)]));
  const turns = new Map<ServiceName, number>();
  const peaks = new Map<ServiceName, number>();
  const keepMax = (of: Map<ServiceName, number>, name: ServiceName, value: number | undefined): void => {
    if (value !== undefined) of.set(name, Math.max(value, of.get(name) ?? 0));
  };
  const look = async (): Promise<void> => {
    for (const name of WATCHED) {
      keepMax(turns, name, (await scrape(services.urls[name])).total(METRIC) * 1000);
      keepMax(peaks, name, peakMiBOf(services.pid(name)));
    }
  };
  const figures = () =>
    Object.fromEntries(
      WATCHED.map((name) => [
        name,
        {
          longestTurnMs: Math.round(turns.get(name) ?? 0),
          peakMiB: peaks.get(name),
          hasEnded: services.pid(name) !== pids.get(name),
        },
      ]),
    );
  return { look, figures };
}

function peakMiBOf(pid: number): number | undefined {
  try {
    const kiB = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kiB === undefined ? undefined : Math.round(Number(kiB) / 1024);
  } catch {
    return undefined;
  }
}
