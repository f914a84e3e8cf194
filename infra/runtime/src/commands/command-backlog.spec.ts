import type { BatchProducer, OutgoingRecord } from '@flowplane/plumbing/kafka';
import { Refusal } from '@flowplane/plumbing/http';
import { expect, it } from 'vitest';
import { makeCommandBacklog } from './command-backlog.js';
import { makeOverloadGuard } from './overload-guard.js';

const MAX_PENDING = 100;
const PARTITION = 0;

/** One partition whose commands are decided when the test says so. */
function openQueue() {
  let end = 0;
  const producer: BatchProducer = {
    append: () => Promise.resolve({ offset: end++ }),
    appendAll: () => Promise.resolve(),
    pending: () => 0,
    close: () => Promise.resolve(),
  };
  const backlog = makeCommandBacklog(producer, { end: () => end, committed: () => 0 }, () => 0);
  const guard = makeOverloadGuard({
    ...{ maxLagMs: 2000, maxPendingCommands: MAX_PENDING, now: () => 0, projected: () => 0 },
    ...{ undecided: backlog.undecided, undecidedOf: backlog.undecidedOf },
  });
  const record = (key: string): OutgoingRecord => ({ partition: PARTITION, key, value: Buffer.alloc(0), headers: {} });
  /** @returns how many of so many commands were taken, and how the others were answered */
  const send = async (tenantId: string, count: number) => {
    let taken = 0;
    const refused = new Set<string>();
    for (let sent = 0; sent < count; sent++) {
      try {
        guard.admit(PARTITION, tenantId);
        await backlog.producer.append(record(tenantId));
        taken++;
      } catch (cause) {
        if (!(cause instanceof Refusal)) throw cause;
        const { status, code, dimension } = cause.problem;
        refused.add([status, code, dimension].filter((part) => part !== null).join(' '));
      }
    }
    return { taken, refused: [...refused] };
  };
  return { backlog, send, decideBelow: (offset: number) => backlog.decided(PARTITION, offset - 1) };
}

const QUIET = Array.from({ length: 9 }, (_, at) => `quiet-${at}`);
const OVER_SHARE = '429 QUOTA_EXCEEDED command_backlog';

it('one noisy tenant among nine quiet ones is refused first, and all of theirs are taken', async () => {
  const { send, backlog, decideBelow } = openQueue();
  expect(await send('noisy', 1000)).toEqual({ taken: 80, refused: [OVER_SHARE] });
  for (const tenantId of QUIET) expect(await send(tenantId, 1)).toEqual({ taken: 1, refused: [] });
  expect(await send('noisy', 10)).toEqual({ taken: 0, refused: [OVER_SHARE] });
  expect(backlog.undecidedOf(PARTITION, 'noisy')).toBe(80);
  decideBelow(60);
  expect(backlog.undecidedOf(PARTITION, 'noisy')).toBe(20);
  expect((await send('noisy', 1000)).taken).toBeGreaterThan(30);
  for (const tenantId of QUIET) expect(await send(tenantId, 1)).toEqual({ taken: 1, refused: [] });
});

it('a tenant that has nothing waiting is refused only where nobody is served', async () => {
  const { send } = openQueue();
  const crowd = Array.from({ length: MAX_PENDING }, (_, at) => `tenant-${at}`);
  for (const tenantId of crowd) expect(await send(tenantId, 1)).toEqual({ taken: 1, refused: [] });
  expect(await send('one more', 1)).toEqual({ taken: 0, refused: ['503 OVERLOADED'] });
  expect(await send('tenant-0', 1)).toEqual({ taken: 0, refused: [OVER_SHARE] });
});

it('a command that is not known to be in the log is not counted on', async () => {
  const failing: BatchProducer = {
    append: () => Promise.reject(new Error('away')),
    appendAll: () => Promise.resolve(),
    pending: () => 0,
    close: () => Promise.resolve(),
  };
  const backlog = makeCommandBacklog(failing, { end: () => 0, committed: () => 0 }, () => 0);
  const append = backlog.producer.append({ partition: 0, key: 'T', value: Buffer.alloc(0), headers: {} });
  expect(backlog.undecidedOf(0, 'T')).toBe(1);
  await expect(append).rejects.toThrow('away');
  expect(backlog.undecidedOf(0, 'T')).toBe(0);
});
