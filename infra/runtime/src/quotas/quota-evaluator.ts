import { problem, type Problem, type ProblemDetails, type QuotaDimension } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { readVerdict } from './verdict.js';

/** What a command is about to use of one dimension. `currentUsage` goes with all but the two rates (flows-api 12.3). */
export type QuotaQuestion = {
  readonly dimension: QuotaDimension;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly currentUsage?: number;
};

/** @returns the refusal a command is to carry; null: it may go on */
export type QuotaEvaluator = (question: QuotaQuestion) => Promise<Problem | null>;

export type QuotaEvaluatorOptions = {
  /** FLOW_QUOTA_ENFORCE_URL */
  readonly url: string;
  /** FLOWS_QUOTA_TIMEOUT, ms, for the whole of a question and its answer. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** An answer is a line of JSON; what is longer is none. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** The evaluator does not say when a rate has room again: by then every start or signal of now has left the window. */
const RATE_RETRY_S = 60;
const RATES: ReadonlySet<QuotaDimension> = new Set(['flow_starts_per_minute', 'flow_signal_rate_per_minute']);

/**
 * The external evaluator of quotas (flows-api 12.3), which replaces the built-in gate. It fails closed:
 * what is not answered in time, with 2xx and with something that lets through, is denied.
 */
export function makeQuotaEvaluator({ url, timeoutMs, logger, metrics }: QuotaEvaluatorOptions): QuotaEvaluator {
  const asked = metrics.counter({
    name: 'flows_quota_evaluations_total',
    help: 'Questions to the external quota evaluator.',
    labels: ['dimension', 'outcome'],
  });
  return async (question) => {
    const { dimension } = question;
    try {
      const answer = await answerOf(url, timeoutMs, question);
      const verdict = readVerdict(answer);
      asked.inc({ dimension, outcome: verdict });
      return verdict === 'allowed' ? null : denial(dimension, numbersIn(answer, question.currentUsage));
    } catch (cause) {
      asked.inc({ dimension, outcome: 'failed' });
      logger.warn({ err: cause, dimension }, 'the quota evaluator gives no answer that can be used; denied');
      return denial(dimension);
    }
  };
}

/** @throws Error when there is no answer in time, or none that is JSON under 2xx */
async function answerOf(url: string, timeoutMs: number, question: QuotaQuestion): Promise<unknown> {
  const { dimension, tenantId, workspaceId, currentUsage } = question;
  const usage = currentUsage === undefined || RATES.has(dimension) ? {} : { currentUsage };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ dimensionKey: dimension, tenantId, workspaceId, ...usage }),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the quota evaluator answers ${response.status}`);
  }
  return JSON.parse(await boundedText(response)) as unknown;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`the quota evaluator answers more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Numbers = NonNullable<ProblemDetails['quota']>;

/** The numbers of an answer; undefined where it has no limit, or nobody knows how much is used. */
function numbersIn(answer: unknown, asked: number | undefined): Numbers | undefined {
  const { effectiveLimit: limit, currentUsage: usage = asked } = answer as {
    readonly effectiveLimit?: unknown;
    readonly currentUsage?: unknown;
  };
  return isCount(limit) && isCount(usage) ? { limit, usage } : undefined;
}
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const denial = (dimension: QuotaDimension, numbers?: Numbers): Problem =>
  problem('QUOTA_EXCEEDED', {
    dimension,
    ...(numbers === undefined ? {} : { quota: numbers }),
    ...(RATES.has(dimension) ? { retryAfterSeconds: RATE_RETRY_S } : {}),
  });
