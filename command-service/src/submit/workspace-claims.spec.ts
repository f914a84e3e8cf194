import { refusal } from '@flowplane/plumbing/http';
import type { WorkspaceClaim } from '@flowplane/runtime/tenancy';
import { expect, it } from 'vitest';
import { makeWorkspaceClaims } from './workspace-claims.js';

const CALL = { workspaceId: 'w', tenantId: 'a' };

function open(claimed: WorkspaceClaim, registry = 'claim') {
  const done: string[] = [];
  const noted = (what: string) => (workspaceId: string, tenantId: string) => {
    done.push(`${what} ${workspaceId} of ${tenantId}`);
    return Promise.resolve();
  };
  const owners = { reserve: () => Promise.resolve(claimed), confirm: noted('confirm'), release: noted('release') };
  const logger = { warn: () => undefined };
  return { done, ...makeWorkspaceClaims({ owners, registry, maxWorkspaces: 1, logger }) };
}
const answer = (status: number) => () => Promise.resolve({ status, body: {} });

it.each([
  [201, []],
  [202, []],
  [409, ['release w of a']],
  [429, ['release w of a']],
])('a reservation whose command is answered with %s', async (status, expected) => {
  const { claim, done } = open({ kind: 'reserved' });
  expect(await (await claim(CALL))(answer(status))).toMatchObject({ status });
  expect(done).toEqual(expected);
});

it('is given back when nothing was appended, and kept when that is not known', async () => {
  const { claim, done } = open({ kind: 'reserved' });
  await expect((await claim(CALL))(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(done).toEqual([]);
  await expect((await claim(CALL))(() => Promise.reject(refusal('OVERLOADED')))).rejects.toThrow();
  expect(done).toEqual(['release w of a']);
});

it('refuses what is another tenant’s and what is one too many', async () => {
  await expect(open({ kind: 'owned', owner: 'b' }).claim(CALL)).rejects.toMatchObject({
    problem: { code: 'CROSS_TENANT_VIOLATION' },
  });
  await expect(open({ kind: 'full', used: 3 }).claim(CALL)).rejects.toMatchObject({
    problem: {
      ...{ status: 429, code: 'QUOTA_EXCEEDED', dimension: 'max_workspaces' },
      errors: JSON.stringify([{ limit: 1, usage: 3 }]),
    },
  });
});

it('leaves alone what is the tenant’s already, and everything where workspaces are not claimed', async () => {
  for (const trial of [open({ kind: 'owned', owner: 'a' }), open({ kind: 'full', used: 1 }, 'off')]) {
    expect(await (await trial.claim(CALL))(answer(409))).toMatchObject({ status: 409 });
    expect(trial.done).toEqual([]);
  }
});
