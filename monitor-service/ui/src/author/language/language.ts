import type { Functions, Request, Response } from './requests.js';

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (cause: Error) => void };

/** The functions of the worker, as the page calls them. */
export type Language = {
  readonly [Name in keyof Functions]: (
    ...given: Parameters<Functions[Name]>
  ) => Promise<Awaited<ReturnType<Functions[Name]>>>;
};

let opened: Language | undefined;

/** What knows the flow language; it works beside the page, and is started when it is first needed. */
export function language(): Language {
  opened ??= startWorker();
  return opened;
}

function startWorker(): Language {
  const worker = new Worker(new URL('language-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting>();
  let requests = 0;
  worker.addEventListener('message', ({ data: { id, result, fault } }: MessageEvent<Response>) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (fault === undefined) resolve?.(result);
    else reject?.(new Error(fault));
  });
  worker.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(`The checks of the editor have failed: ${message}`));
    waiting.clear();
    opened = undefined; // the next call starts another one
  });
  const ask =
    (name: keyof Functions) =>
    (...given: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        requests += 1;
        waiting.set(requests, { resolve, reject });
        const request: Request = { id: requests, name, given };
        worker.postMessage(request);
      });
  return Object.fromEntries(
    (['check', 'placed', 'yamlOf', 'proposalsAt', 'hoverAt'] as const).map((name) => [name, ask(name)]),
  ) as Language;
}
