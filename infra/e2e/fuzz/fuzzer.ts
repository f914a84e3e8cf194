import { faultOf, faultWithout } from './judge.js';
import { requestSource, shownRequest } from './request-source.js';
import { sendRaw } from './send.js';
import type { Target } from './target.js';

export type Fuzzer = {
  /** Sends the next request of the seed and judges its answer. */
  readonly sendNext: () => Promise<void>;
  readonly answered: () => number;
  /** What was wrong with answers, each with its request: of every kind of fault the first one, and how many there were. */
  readonly faults: () => readonly string[];
  /** How often which status was answered. */
  readonly summary: () => string;
};

/** Faults that begin alike are of one kind. */
const KIND_CHARACTERS = 60;

export function makeFuzzer(target: Target, seed: number): Fuzzer {
  const requests = requestSource(seed);
  const faults = new Map<string, { readonly first: string; count: number }>();
  const statuses = new Map<string, number>();
  let sent = 0;
  let answered = 0;

  const sendNext = async (): Promise<void> => {
    const number = sent;
    sent += 1;
    const request = requests.next().value;
    const going = target.sentFor(request);
    const answer = await sendRaw(going).catch((cause: unknown) => String(cause));
    answered += 1;
    const isAnswer = typeof answer !== 'string';
    const fault = isAnswer ? faultOf(request, answer) : faultWithout(answer, request.body?.length ?? 0);
    const status = isAnswer ? String(answer.status) : 'none';
    if (isAnswer) target.learn(answer);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (fault === undefined) return;
    const kind = `${request.operation.name} ${request.method} ${status} ${fault.slice(0, KIND_CHARACTERS)}`;
    const known = faults.get(kind);
    if (known === undefined)
      faults.set(kind, { first: `request ${number}: ${fault}\n${shownRequest(going)}`, count: 1 });
    else known.count += 1;
  };
  return {
    sendNext,
    answered: () => answered,
    faults: () => [...faults.values()].map(({ first, count }) => `${count} × ${first}`),
    summary: () =>
      [...statuses]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([status, count]) => `${status}: ${count}`)
        .join(', '),
  };
}
