import { ROUTES, type OperatorRouteSpec, type RouteSpec } from '@flowplane/contracts';
import type { Carried, Ids } from './row.js';

/** An answer as it came over the wire, but for what differs from one request to the next by its nature. */
export type Raw = {
  /** `404 FLOW_NOT_FOUND`, or the bare status of what is no refusal. */
  readonly outcome: string;
  /** Status, headers and body, for looking for what must not be there. */
  readonly text: string;
  /** The same without date and log position: equal where a caller must see no difference. */
  readonly comparable: string;
};

type Asked = {
  readonly base: string;
  readonly route: Pick<RouteSpec, 'method' | 'path'> | OperatorRouteSpec;
  readonly ids: Ids;
  readonly headers: Readonly<Record<string, string>>;
  readonly carried: Carried;
};

const TIMEOUT_MS = 70_000;
/** The same on every request, so that answers can be compared byte by byte. */
const CORRELATION_ID = 'isolation-matrix';
const OWN_TO_EACH_ANSWER = ['date', 'x-flows-position'];

export async function ask({ base, route, ids, headers, carried }: Asked): Promise<Raw> {
  const query = carried.query === undefined ? '' : `?${carried.query}`;
  const response = await fetch(base + filledPath(route.path, ids) + query, {
    method: route.method,
    headers: {
      ...{ prefer: 'wait=60', 'x-correlation-id': CORRELATION_ID },
      ...(carried.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(carried.body === undefined ? {} : { body: JSON.stringify(carried.body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // The stream of a workspace has no end: its beginning is looked at.
  const body = route.path === ROUTES.streamWorkspace.path ? await firstBlocks(response) : await response.text();
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const kept = lines.filter((line) => !OWN_TO_EACH_ANSWER.some((name) => line.startsWith(`${name}:`)));
  const whole = (head: readonly string[]): string => [String(response.status), ...head, '', body].join('\n');
  const code = response.status < 400 ? '' : ` ${(JSON.parse(body) as { code: string }).code}`;
  return { outcome: `${response.status}${code}`, text: whole(lines), comparable: whole(kept) };
}

/** @throws Error for a parameter that the world of the matrix has no example of */
export function filledPath(path: string, ids: Ids): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = ids[name];
    if (value === undefined) {
      throw new Error(`no example of the path parameter ${name}: add one to the ids in infra/e2e/isolation/world.ts`);
    }
    return encodeURIComponent(value);
  });
}

/** What a stream begins with, before anything has happened. */
async function firstBlocks(response: Response): Promise<string> {
  if (response.status !== 200 || response.body === null) return response.text();
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.startsWith('retry: 3000\n\n')) break;
  }
  return 'retry: 3000\n\n';
}
