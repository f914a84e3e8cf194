import { refusal } from '@flowplane/plumbing/http';
import type { Answer, Call } from '@flowplane/runtime/api';
import { expect, it } from 'vitest';
import { settlingTopics } from './settling-topics.js';

const call = { tenantId: 'T', workspaceId: 'W' } as Call;

/** Claims that were settled after work that ended so. */
async function settledAfter(work: () => Promise<Answer>, fails = false) {
  const settled: unknown[] = [];
  const warned: unknown[] = [];
  const settle = (_scope: unknown, claimed: readonly string[] = []) => {
    settled.push(...claimed);
    return fails ? Promise.reject(new Error('away')) : Promise.resolve();
  };
  const ports = {
    eventTopics: { settle, use: () => Promise.reject(new Error('not used')) },
    logger: { warn: (...line: readonly unknown[]) => void warned.push(line) },
  };
  const answer = await settlingTopics(ports as never, call, work, ['evt.W.a']).catch((cause: unknown) => cause);
  return { answer, settled, warnings: warned.length };
}
const answered = (status: number) => () => Promise.resolve({ status, body: {} });

it('settles what was claimed once the outcome is known, whatever it is', async () => {
  expect(await settledAfter(answered(201))).toMatchObject({ answer: { status: 201 }, settled: ['evt.W.a'] });
  expect(await settledAfter(answered(422))).toMatchObject({ answer: { status: 422 }, settled: ['evt.W.a'] });
  const refused = refusal('REVISION_CONFLICT');
  expect(await settledAfter(() => Promise.reject(refused))).toMatchObject({ answer: refused, settled: ['evt.W.a'] });
});

it('leaves claims standing while the outcome is not known', async () => {
  expect(await settledAfter(answered(202))).toMatchObject({ answer: { status: 202 }, settled: [] });
});

it('answers as the command was decided although settling fails', async () => {
  expect(await settledAfter(answered(201), true)).toMatchObject({ answer: { status: 201 }, warnings: 1 });
});
