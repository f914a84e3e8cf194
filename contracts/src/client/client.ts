import type { OperationName } from '../api/schema/index.js';
import type { StreamFrame } from './event-stream.js';
import { FlowplaneError } from './flowplane-error.js';
import { headersOf, operationNamed, targetOf, type AnswerOf, type AnyCall, type GivenCall } from './request.js';
import type { ClientPorts, FetchAnswer } from './transport.js';
import { runStream } from './watch-run.js';
import { watchStream, type WatchOptions } from './watch-stream.js';
import { workspaceStream, type RunStatusFrame } from './watch-workspace.js';

export type ClientOptions = {
  /** Scheme, host and port. */
  readonly url: string;
  /** The workspace of calls that name no other; needed by calls about a workspace. */
  readonly workspaceId?: string;
  /** Sent with every request: the credential. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer that is what was asked for. */
export type Answered<Body> = {
  readonly status: number;
  readonly body: Body;
  /** `x-flows-position`: pass it on as `minPosition`, and that read shows the effect. Undefined on reads. */
  readonly position: string | undefined;
  readonly headers: { get(name: string): string | null };
};

type Arguments<Name extends OperationName> =
  {} extends GivenCall<Name> ? [call?: GivenCall<Name>] : [call: GivenCall<Name>];

type JsonOperation = Exclude<OperationName, 'streamExecution' | 'streamWorkspace' | 'getMetrics'>;

export type FlowplaneClient = {
  readonly options: ClientOptions;
  /** @throws FlowplaneError when the answer is a refusal */
  readonly call: <Name extends JsonOperation>(
    name: Name,
    ...call: Arguments<Name>
  ) => Promise<Answered<AnswerOf<Name>>>;
  /** The command once it is decided. @param timeoutMs of waiting; then it rejects */
  readonly decided: (commandId: string, timeoutMs?: number) => Promise<AnswerOf<'getCommand'>>;
  /** A run's frames until it ends, across broken connections. */
  readonly watch: (executionId: string, options?: WatchOptions) => AsyncGenerator<StreamFrame>;
  /** How all runs of the workspace go on, from now on or behind an id, across broken connections. It has no end. */
  readonly watchWorkspace: (options?: WatchOptions) => AsyncGenerator<RunStatusFrame>;
};

const DECIDED_POLL_MS = 100;
const DECIDED_TIMEOUT_MS = 60_000;

/** A typed client of the API over any `fetch`. @example client.call('getFlow', { params: { flowId } }) */
export function makeFlowplaneClient(ports: ClientPorts, options: ClientOptions): FlowplaneClient {
  const request = (name: OperationName, call: AnyCall): Promise<FetchAnswer> => {
    const operation = operationNamed(name);
    return ports.fetch(options.url + targetOf(operation, options.workspaceId, call), {
      method: operation.method,
      headers: { ...options.headers, ...headersOf(operation, call) },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  };

  const call: FlowplaneClient['call'] = async <Name extends JsonOperation>(name: Name, ...[given]: Arguments<Name>) => {
    const answer = await request(name, (given ?? {}) as AnyCall);
    const text = await answer.text();
    if (answer.status < 200 || answer.status >= 300) throw new FlowplaneError(name, answer, text);
    const { status, headers } = answer;
    const position = headers.get('x-flows-position') ?? undefined;
    return { status, headers, position, body: JSON.parse(text) as AnswerOf<Name> };
  };

  const decided: FlowplaneClient['decided'] = async (commandId, timeoutMs = DECIDED_TIMEOUT_MS) => {
    for (let waitedMs = 0; ; waitedMs += DECIDED_POLL_MS) {
      const { body } = await call('getCommand', { params: { commandId } });
      if (body.status !== 'pending') return body;
      if (waitedMs >= timeoutMs) throw new Error(`command ${commandId} is not decided after ${timeoutMs} ms`);
      await ports.sleep(DECIDED_POLL_MS);
    }
  };

  const opening =
    (name: OperationName, given: AnyCall, { signal }: WatchOptions) =>
    (lastEventId: string | undefined): Promise<FetchAnswer> =>
      request(name, {
        ...given,
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
  const watch: FlowplaneClient['watch'] = (executionId, watching = {}) =>
    watchStream(ports, runStream(opening('streamExecution', { params: { executionId } }, watching)), watching);
  const watchWorkspace: FlowplaneClient['watchWorkspace'] = (watching = {}) =>
    watchStream(ports, workspaceStream(opening('streamWorkspace', {}, watching)), watching);

  return { options, call, decided, watch, watchWorkspace };
}

/** Whether a command was left undecided (202), so that its body tells no result yet. */
export const isPending = (body: object): body is { readonly commandId: string; readonly status: 'pending' } =>
  'commandId' in body && 'status' in body && body.status === 'pending';
