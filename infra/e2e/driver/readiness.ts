import { waitUntil, type IsolatedServices, type ServiceName } from '@flowplane/stack';
import { expect } from 'vitest';

/** What every service of a set answers at `/readyz`. */
export type Readiness = {
  /** Status and what is missing, as one text for each service: `200`, or `503 log,store`. */
  readonly answers: () => Promise<Readonly<Record<string, string>>>;
  /** The same of everyone. */
  readonly everyone: <T>(value: T) => Readonly<Record<string, T>>;
  /** Waits until all services say the same, and shows who does not. */
  readonly untilEveryone: (text: string) => Promise<void>;
  /** Statuses of `/healthz`. */
  readonly health: () => Promise<Readonly<Record<string, number>>>;
  readonly pids: () => Readonly<Record<string, number>>;
};

export function readinessOf(services: IsolatedServices): Readiness {
  const names = Object.keys(services.urls) as ServiceName[];
  const ofEach = async <T>(ask: (url: string) => Promise<T>): Promise<Readonly<Record<string, T>>> =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await ask(services.urls[name])] as const)));
  const everyone: Readiness['everyone'] = (value) => Object.fromEntries(names.map((name) => [name, value]));
  const answers = () => ofEach(answerOf);
  return {
    answers,
    everyone,
    untilEveryone: async (text) => {
      const wanted = JSON.stringify(everyone(text));
      let last = {};
      const settled = async (): Promise<boolean> => {
        last = await answers();
        return JSON.stringify(last) === wanted;
      };
      await waitUntil(`every service: ${text}`, settled, { timeoutMs: 60_000, everyMs: 200 }).catch(() => undefined);
      expect(last).toEqual(everyone(text));
    },
    health: () => ofEach(async (url) => (await fetch(`${url}/healthz`)).status),
    pids: () => Object.fromEntries(names.map((name) => [name, services.pid(name)])),
  };
}

async function answerOf(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(8000) });
    const { missing = [] } = (await answer.json()) as { readonly missing?: readonly string[] };
    return [answer.status, ...(missing.length > 0 ? [missing.join(',')] : [])].join(' ');
  } catch {
    return 'no answer';
  }
}
