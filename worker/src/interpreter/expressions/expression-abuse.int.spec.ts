import { afterAll, describe, expect, it } from 'vitest';
import { ABUSED_INPUTS, ABUSIVE_EXPRESSIONS } from '../../../test/interpreter/abusive-expressions.js';
import type { EvaluationSubject } from '../workflow/local-activities.js';
import type { EvaluationOutcome } from './evaluate-request.js';
import { makeExpressionPool } from './expression-pool.js';

const TIMEOUT_MS = 500;
const THREADS = 2;
const MAX_HEAP_MB = 128;
/** CPU time is what counts; a machine ten times too busy ends an evaluation all the same, once a thread has it. */
const LONGEST_MS = TIMEOUT_MS * 10 + 5000;
/** Heap of the old generation, young generation and code, byte strings (64 MiB, and garbage of as much again). */
const MOST_MB = THREADS * (MAX_HEAP_MB + 64 + 2 * 64);

const warnings: unknown[] = [];
const pool = makeExpressionPool({
  threads: THREADS,
  timeoutMs: TIMEOUT_MS,
  limits: { maxLength: 4096 },
  maxHeapMb: MAX_HEAP_MB,
  logger: { warn: (...args: unknown[]) => void warnings.push(args) },
  threadFile: new URL('../../../dist/interpreter/expressions/expression-thread.js', import.meta.url),
});
afterAll(() => pool.close());

const execution = { id: 't:w:f:1', flowId: 'f', version: 1, triggerType: 'manual', startedAtMs: 0 };
const evaluate = (subject: EvaluationSubject): Promise<EvaluationOutcome> =>
  pool.evaluate({ nodeId: 'n', subject, inputs: ABUSED_INPUTS, nodes: {}, execution });
const arm = (when: string): Promise<EvaluationOutcome> => evaluate({ kind: 'arms', whens: [when] });

/** Most memory this process held at any time while `work` ran, beyond what it held before, in MB. */
async function peakGrowthMb(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  await work();
  clearInterval(sampler);
  return (most - before) / 1e6;
}

describe('abuse of the expression threads', { timeout: 120_000 }, () => {
  it.each(ABUSIVE_EXPRESSIONS)(
    '$name: refused within the limits, others served meanwhile',
    async ({ text, reason }) => {
      const startedAt = performance.now();
      const growthMb = await peakGrowthMb(async () => {
        const abuse = arm(text);
        const others = [arm('x == 2'), arm('list.exists(i, i == 999)')];
        for (const other of others) expect(await other).toEqual({ ok: true, result: { kind: 'arms', armIndex: 0 } });
        const outcome = await abuse;
        expect(outcome).toMatchObject({ ok: false, code: 'InvalidExpression' });
        expect(outcome.ok || outcome.reason).toMatch(reason);
        expect(outcome.ok || outcome.reason.length).toBeLessThan(600);
      });
      expect(performance.now() - startedAt).toBeLessThan(LONGEST_MS);
      expect(growthMb).toBeLessThan(MOST_MB);
    },
  );

  it('bounds the result of a template while it is made', async () => {
    const huge = await evaluate({ kind: 'input', template: { all: '${{ list.map(i, text) }}' } });
    expect(huge).toMatchObject({ ok: false, code: 'InvalidExpression' });
    const many = await evaluate({ kind: 'input', template: { a: '${{ text }}', b: '${{ text }}', c: '${{ text }}' } });
    expect(many).toMatchObject({ ok: false, code: 'PAYLOAD_TOO_LARGE' });
  });

  it('serves on when every thread was ended, again and again', async () => {
    const bomb = ABUSIVE_EXPRESSIONS.find(({ name }) => name === 'a list of lists of lists')?.text ?? '';
    const bombs = await Promise.all(Array.from({ length: 2 * THREADS }, () => arm(bomb)));
    expect(bombs.map(({ ok }) => ok)).not.toContain(true);
    expect(await arm('x == 2')).toMatchObject({ ok: true });
    expect(warnings).toEqual([]);
  });
});
