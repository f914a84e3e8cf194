import { afterAll, describe, expect, it } from 'vitest';
import type { EvaluationSubject } from '../workflow/local-activities.js';
import type { EvaluationOutcome } from './evaluate-request.js';
import { makeExpressionPool } from './expression-pool.js';

// A thread cannot load TypeScript: tests use the compiled one.
const threadFile = new URL('../../../dist/interpreter/expressions/expression-thread.js', import.meta.url);
const warnings: unknown[] = [];
const pool = makeExpressionPool({
  threads: 1,
  timeoutMs: 300,
  limits: { maxLength: 4096 },
  maxHeapMb: 64,
  logger: { warn: (...args: unknown[]) => void warnings.push(args) },
  threadFile,
});
afterAll(() => pool.close());

const execution = { id: 't:w:f:1', flowId: 'f', version: 1, triggerType: 'manual', startedAtMs: 0 };
const evaluate = (subject: EvaluationSubject): Promise<EvaluationOutcome> =>
  pool.evaluate({ nodeId: 'n', subject, inputs: { x: 2 }, nodes: { a: { y: [1] } }, execution });
const arm = (when: string): Promise<EvaluationOutcome> => evaluate({ kind: 'arms', whens: [when] });
const list = `[${Array.from({ length: 60 }, (_, i) => i).join(',')}]`;

describe('evaluation in a thread', { timeout: 30_000 }, () => {
  it('evaluates arms, inputs and durations', async () => {
    expect(await evaluate({ kind: 'arms', whens: ['x > 2', 'a.y[0] == 1'] })).toEqual({
      ok: true,
      result: { kind: 'arms', armIndex: 1 },
    });
    expect(await arm('x == 3')).toEqual({ ok: true, result: { kind: 'arms', armIndex: -1 } });
    expect(await evaluate({ kind: 'input', template: { n: '${{ nodes.a.y }}' } })).toEqual({
      ok: true,
      result: { kind: 'input', params: { n: [1] } },
    });
    expect(await evaluate({ kind: 'duration', template: '${{ duration("1.5s") }}' })).toEqual({
      ok: true,
      result: { kind: 'duration', durationMs: 1500 },
    });
  });

  it('says why an expression or a duration is refused', async () => {
    expect(await arm('x')).toMatchObject({ ok: false, code: 'InvalidExpression' });
    expect(await evaluate({ kind: 'duration', template: 'P${{ x }}' })).toMatchObject({ code: 'InvalidDuration' });
  });

  it('ends an evaluation that takes too long and serves the next request', async () => {
    const slow = arm(`${list}.all(a, ${list}.all(b, ${list}.all(c, ${list}.all(d, a + b + c + d >= 0))))`);
    const next = arm('x == 2');
    expect(await slow).toMatchObject({ ok: false, code: 'InvalidExpression' });
    expect(await next).toMatchObject({ ok: true });
  });

  it('survives an expression that wants all the memory', async () => {
    const grow = `${list}.map(a, ${list}.map(b, ${list}.map(c, ${list}.map(d, [a, b, c, d])))).size() > 0`;
    expect(await arm(grow)).toMatchObject({ ok: false, code: 'InvalidExpression' });
    expect(await arm('x == 2')).toMatchObject({ ok: true });
  });

  it('answers many requests in the order of their arrival', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => arm(`x == ${i % 3}`)));
    const arms = outcomes.map((outcome) =>
      outcome.ok && outcome.result.kind === 'arms' ? outcome.result.armIndex : NaN,
    );
    expect(arms).toEqual(Array.from({ length: 50 }, (_, i) => (i % 3 === 2 ? 0 : -1)));
    expect(warnings).toEqual([]);
  });
});
