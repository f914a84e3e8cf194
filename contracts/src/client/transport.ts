/** What the client needs of `fetch`; the platform's own fits. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;

export type FetchInit = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
};

export type FetchAnswer = {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
  text(): Promise<string>;
};

export type ClientPorts = {
  readonly fetch: FetchLike;
  /** Pauses; rejects when the signal aborts. `setTimeout` of `node:timers/promises` does it. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
};
