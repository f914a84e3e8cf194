import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Naming<L extends string> = { readonly name: string; readonly help: string; readonly labels?: readonly L[] };

/** Prometheus metrics of one process; every instrument registers itself here. */
export type Metrics = {
  readonly registry: Registry;
  readonly counter: <L extends string>(naming: Naming<L>) => Counter<L>;
  readonly gauge: <L extends string>(naming: Naming<L>) => Gauge<L>;
  readonly histogram: <L extends string>(naming: Naming<L> & { readonly buckets: readonly number[] }) => Histogram<L>;
};

export function makeMetrics(): Metrics {
  const registry = new Registry();
  const started = Date.now();
  const registers = [registry];
  const uptime: Gauge = new Gauge({
    name: 'flows_process_uptime_seconds',
    help: 'Seconds since this process started.',
    registers,
    collect: () => {
      uptime.set((Date.now() - started) / 1000);
    },
  });
  return {
    registry,
    counter: ({ name, help, labels = [] }) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: ({ name, help, labels = [] }) => new Gauge({ name, help, labelNames: [...labels], registers }),
    histogram: ({ name, help, labels = [], buckets }) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers }),
  };
}
