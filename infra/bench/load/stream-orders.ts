import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Orders to the process of the clients. */
export type StreamOrder =
  | {
      readonly kind: 'open';
      readonly urls: readonly string[];
      /** Of clients that open their stream and read nothing. */
      readonly stalledUrls: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'report' }
  | { readonly kind: 'leave' };

/** What the clients have seen. */
export type StreamReport = {
  readonly open: number;
  /** Frames that came a second time, or out of order. */
  readonly repeats: number;
  /** Of each stream so far. */
  readonly frames: readonly { readonly url: string; readonly frames: number }[];
  /** From the time that a frame names to its arrival, ms; of all frames since the last report. */
  readonly latencies: readonly number[];
};

type Reply = { readonly kind: 'opened' } | { readonly kind: 'report'; readonly report: StreamReport };

/** Clients of event streams in a process of their own, over loopback. */
export type StreamClients = {
  readonly open: (order: Omit<Extract<StreamOrder, { kind: 'open' }>, 'kind'>) => Promise<void>;
  readonly report: () => Promise<StreamReport>;
  readonly close: () => Promise<void>;
};

export function startStreamClients(): StreamClients {
  const child = fork(fileURLToPath(new URL('./stream-clients.js', import.meta.url)), [], { stdio: 'inherit' });
  const asked = async (order: StreamOrder): Promise<Reply> => {
    const replied = once(child, 'message') as Promise<[Reply]>;
    child.send(order);
    return (await replied)[0];
  };
  return {
    open: async (order) => void (await asked({ kind: 'open', ...order })),
    report: async () => {
      const reply = await asked({ kind: 'report' });
      if (reply.kind !== 'report') throw new Error('the clients sent no report');
      return reply.report;
    },
    close: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.send({ kind: 'leave' } satisfies StreamOrder);
      await exited;
    },
  };
}
