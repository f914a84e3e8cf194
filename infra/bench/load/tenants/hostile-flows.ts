/** Definitions that cost more than they look. */

type Flow = { readonly apiVersion: 'v1.0'; readonly name: string; readonly nodes: readonly object[] };

const flow = (name: string, nodes: readonly object[]): Flow => ({ apiVersion: 'v1.0', name, nodes });
const times = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const repeated = (count: number, text: string): string => Array<string>(count).fill(text).join(',');
const echo = (id: string, input: object = {}): object => ({ id, type: 'task', taskType: 'bench.echo', input });

/** Waits longer than any test. */
export const waitingFlow = (): Flow => flow('waiting', [{ id: 'pause', type: 'wait', duration: 'PT1H' }]);

export const echoFlow = (): Flow => flow('echo', [echo('one')]);

/** About 700 bytes that stand for hundreds of megabytes. */
export function expandingYaml(): string {
  const levels = times(5).map(
    (level) => `  a${level}: &a${level} [${repeated(25, level === 0 ? '1e20' : `*a${level - 1}`)}]`,
  );
  return ['apiVersion: v1.0', 'name: y', 'nodes: []', 'canvasMetadata:', ...levels].join('\n');
}

/** 2.9 MB of numbers that are five times as long when they are written again. */
export const growingNumbers = (): string =>
  `{"apiVersion":"v1.0","name":"n","nodes":[],"canvasMetadata":{"a":[${repeated(583_000, '1e20')}]}}`;

/** As many nodes as are allowed, 3 MB of them. */
export const slowToValidate = (): Flow =>
  flow(
    'slow',
    times(1000).map((at) => echo(`n${at}`, { text: `\${{ inputs.a${at} + "${'x'.repeat(2500)}" }}` })),
  );

/** A hundred schedules that fire once in years. */
export const leapDays = (): object => ({
  ...echoFlow(),
  triggers: times(100).map((at) => ({ kind: 'cron', schedule: `CRON_TZ=Europe/Berlin ${at % 60} ${at % 24} 29 2 *` })),
});

export const largeDraft = (): object => ({ ...echoFlow(), canvasMetadata: { text: 'x'.repeat(3_800_000) } });

/** A billion iterations over the 1,000 numbers of `list`, until it is stopped. */
const nested = (list: string): string =>
  times(5).reduce((body, level) => `${list}.all(v${level}, ${body})`, 'v0 + v1 + v2 + v3 + v4 >= 0');

export const slowExpression = (): Flow =>
  flow('slow', [
    { id: 'choose', type: 'branch', arms: [{ when: nested('inputs.list'), next: 'one' }], default: 'one' },
    echo('one'),
  ]);

export const slowFilter = (): object => ({
  ...echoFlow(),
  triggers: [{ kind: 'webhook', filter: nested('event.list') }],
});

/** A hundred requests at once that nobody answers for half a minute. */
export function hangingRequests(url: string): Flow {
  const ids = times(100).map((at) => `get${at}`);
  return flow('hanging', [
    { id: 'all', type: 'parallel', branches: ids },
    ...ids.map((id) => ({
      ...{ id, type: 'task', taskType: 'http.request', retryPolicy: { maxAttempts: 2 } },
      input: { url: `${url}/${id}`, timeoutMs: 30_000 },
    })),
  ]);
}

/** 150 tasks, each with the whole `text` of the run's input. */
export function largeRun(): Flow {
  const ids = times(150).map((at) => `copy${at}`);
  return flow('large', [
    { id: 'all', type: 'parallel', branches: ids },
    ...ids.map((id) => echo(id, { text: '${{ inputs.text }}' })),
  ]);
}

/** Flows that start ten of the one below: 10 + 100 + 1,000 runs for one start of the highest. */
export const nestedSubFlows = (): readonly (readonly [string, Flow])[] =>
  times(4).map((level) => {
    const id = `nested-${level}`;
    if (level === 0) return [id, echoFlow()] as const;
    const ids = times(10).map((at) => `sub${at}`);
    const subFlow = { type: 'sub-flow', flowId: `nested-${level - 1}`, flowVersion: '1', input: {} };
    const nodes = [{ id: 'all', type: 'parallel', branches: ids }, ...ids.map((each) => ({ id: each, ...subFlow }))];
    return [id, flow(id, nodes)] as const;
  });
