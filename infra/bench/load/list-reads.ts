import { distributionOf, type Distribution } from '../measure/statistics.js';
import { callExpecting, type ApiClient } from './api-client.js';

/** In ms. */
export type ListLatency = {
  readonly all: Distribution;
  /** Of that query alone whose p95 is the greatest. */
  readonly slowest: Distribution & { readonly query: string };
  readonly byQuery: Readonly<Record<string, Distribution>>;
};

const PAGE_SIZE = 50;
/** What the console's list of runs asks for, alone and together. */
const RUNS: readonly string[] = [
  '',
  ...['Running', 'Failed', 'Completed', 'Canceled'].map((status) => `status=${status}`),
  ...['flowId=measured', 'flowId=measured&version=1', 'triggerType=manual', 'triggerType=cron'],
  ...['text=order', 'text=no+such+text', 'label=team:t3', 'label=order:o17', 'label=team:none'],
  ...['failedNode=approval1', 'status=Failed&label=team:t3&text=rejected'],
  'from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z',
];
const APPROVALS: readonly string[] = ['', 'for=all', 'for=me'];

/** Reads first and later pages of both lists, one after the other, `reads` times each. */
export async function measureLists(
  api: ApiClient,
  reads: number,
): Promise<{ readonly runs: ListLatency; readonly approvals: ListLatency }> {
  return {
    runs: await measuredList(api, '/executions', RUNS, reads),
    approvals: await measuredList(api, '/approvals', APPROVALS, reads * 4),
  };
}

async function measuredList(
  api: ApiClient,
  path: string,
  queries: readonly string[],
  reads: number,
): Promise<ListLatency> {
  const times = new Map<string, number[]>();
  const read = async (query: string, name: string): Promise<string | null> => {
    const began = performance.now();
    const { body } = await callExpecting(api, 200, 'GET', `${path}?page[size]=${PAGE_SIZE}&${query}`);
    times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
    return body['nextPageToken'] as string | null;
  };
  for (let time = 0; time < reads; time++) {
    for (const query of queries) {
      const next = await read(query, query);
      if (next !== null) await read(`${query}&page[after]=${encodeURIComponent(next)}`, `${query} (page 2)`);
    }
  }
  const byQuery = Object.fromEntries([...times].map(([query, list]) => [query, distributionOf(list)]));
  const [slowest] = Object.entries(byQuery).toSorted(([, one], [, other]) => other.p95 - one.p95);
  if (slowest === undefined) throw new RangeError('no list was read');
  return {
    all: distributionOf([...times.values()].flat()),
    slowest: { query: slowest[0], ...slowest[1] },
    byQuery,
  };
}
