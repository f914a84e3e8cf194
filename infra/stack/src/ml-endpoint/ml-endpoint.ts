import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { failed, MlStore, type MlAnswer, type MlKind, type TaskPlan } from './ml-store.js';

/** A request as it came. */
export type MlRequest = {
  readonly method: string;
  /** Below `/_plugins/_ml/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
};

/** How requests are answered that would else be done and answered at once. */
export type MlBehaviour =
  /** Not done, and answered with this error. */
  | { readonly kind: 'fail'; readonly status: number; readonly type: string; readonly reason: string }
  /** Done, and answered after `release`. */
  | { readonly kind: 'hold' }
  /** Done, and the connection breaks instead of the answer. */
  | { readonly kind: 'lose-answer' }
  /** Not done, and the connection breaks. */
  | { readonly kind: 'lose-request' };

/** A server that answers the endpoints of ML Commons which templates use, for tests (`docs/provisioning-steps.md`). */
export type MlEndpoint = {
  /** For FLOWS_OPENSEARCH_URL. */
  readonly url: string;
  /** Everything that came to `/_plugins/_ml/`, in order. */
  readonly received: readonly MlRequest[];
  /** What there is, by id. Connectors are shown without their credential. */
  readonly documents: (kind: MlKind) => ReadonlyMap<string, JsonObject>;
  /**
   * The next `times` requests of a route are answered so.
   *
   * @param route method and path below `/_plugins/_ml/`, with a star for an id: `GET models/*`
   */
  readonly behave: (route: string, behaviour: MlBehaviour, times?: number) => void;
  /** Answers the requests that are held, and holds none any more. */
  readonly release: () => void;
  /** How the next task goes that has no plan yet; without a plan it completes at the first look. */
  readonly planTask: (plan: TaskPlan) => void;
  /** Puts something there or takes it away behind the back of who created it. */
  readonly put: (kind: MlKind, id: string, document: JsonObject) => void;
  readonly remove: (kind: MlKind, id: string) => void;
  readonly close: () => Promise<void>;
};

const ML_ROOT = '/_plugins/_ml/';

/**
 * Starts one on a free port of loopback.
 *
 * @param behind url of an OpenSearch server that answers everything else; without it such requests get 400
 */
export async function startMlEndpoint({ behind }: { readonly behind?: string } = {}): Promise<MlEndpoint> {
  const store = new MlStore();
  const received: MlRequest[] = [];
  const rules: { readonly route: string; readonly behaviour: MlBehaviour; left: number }[] = [];
  const held = new Set<() => void>();

  const behaviourOf = (method: string, path: string): MlBehaviour | undefined => {
    const rule = rules.find(({ route, left }) => left > 0 && matches(route, `${method} ${path}`));
    if (rule !== undefined) rule.left -= 1;
    return rule?.behaviour;
  };
  const answerMl = (request: MlRequest, query: URLSearchParams, response: ServerResponse): void => {
    received.push(request);
    const behaviour = behaviourOf(request.method, request.path);
    if (behaviour?.kind === 'lose-request') return void response.destroy();
    if (behaviour?.kind === 'fail') return send(response, failed(behaviour.status, behaviour.type, behaviour.reason));
    const body = isJsonObject(request.body) ? request.body : {};
    const answer = store.answer(request.method, request.path, query, body);
    if (behaviour?.kind === 'lose-answer') return void response.destroy();
    if (behaviour?.kind === 'hold') return void held.add(() => send(response, answer));
    return send(response, answer);
  };
  const server = createServer((incoming, response) => {
    const handle = async (): Promise<void> => {
      const text = await readText(incoming);
      const { method = 'GET', headers } = incoming;
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      if (url.pathname.startsWith(ML_ROOT)) {
        const query = Object.fromEntries(url.searchParams);
        const path = url.pathname.slice(ML_ROOT.length);
        return answerMl({ method, path, query, headers, body: parse(text) }, url.searchParams, response);
      }
      if (url.pathname === '/_cat/plugins') return send(response, { status: 200, body: PLUGINS });
      if (behind === undefined) {
        return send(response, { status: 400, body: { error: `no handler found for uri [${url.pathname}]` } });
      }
      return passOn(behind, { method, target: incoming.url ?? '/', text }, response);
    };
    handle().catch((thrown: unknown) => response.destroy(thrown as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    documents: (kind) => store.documents[kind],
    behave: (route, behaviour, times = 1) => void rules.push({ route, behaviour, left: times }),
    release: () => {
      for (const rule of rules) if (rule.behaviour.kind === 'hold') rule.left = 0;
      for (const answer of held) answer();
      held.clear();
    },
    planTask: (plan) => void store.plans.push(plan),
    put: (kind, id, document) => void store.documents[kind].set(id, { ...document }),
    remove: (kind, id) => void store.documents[kind].delete(id),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const PLUGINS: Json = [{ name: 'node', component: 'opensearch-ml', version: '2.19.1.0' }];

function matches(route: string, request: string): boolean {
  const parts = route.split('/');
  const asked = request.split('/');
  return parts.length === asked.length && parts.every((part, index) => part === '*' || part === asked[index]);
}

function send(response: ServerResponse, { status, body }: MlAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function passOn(
  behind: string,
  { method, target, text }: { readonly method: string; readonly target: string; readonly text: string },
  response: ServerResponse,
): Promise<void> {
  const sent = text === '' ? {} : { body: text, headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`${behind}${target}`, { method, ...sent });
  const type = answer.headers.get('content-type') ?? 'application/json';
  response.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Json {
  try {
    return text === '' ? null : (JSON.parse(text) as Json);
  } catch {
    return text;
  }
}
