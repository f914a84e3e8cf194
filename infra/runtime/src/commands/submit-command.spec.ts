import { MAX_COMMAND_BYTES, type Command, type Event } from '@flowplane/contracts';
import { AppendFault, type OutgoingRecord } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventBatch, EventReader } from '../consume/index.js';
import { makeBackground } from './background.js';
import { startDeadline, type Deadline } from './deadline.js';
import type { CommandLog } from './open-command-log.js';
import { startOutcomeTail } from './outcome-tail.js';
import { decideCommand, submitCommand, type NextAttempt } from './submit-command.js';

const TENANT = 'T';
const publish = (attempt: number, definition = '{}'): Command => ({
  type: 'PublishFlow',
  meta: {
    ...{ commandId: 'C', tenantId: TENANT, workspaceId: 'W', actorId: 'alice', actorRoles: [], correlationId: 'c' },
    ...{ traceparent: null, submittedAt: 0, attempt, idempotency: null },
  },
  data: {
    ...{ flowId: 'f', expectedRevision: null, draftRevision: 1, draftBirth: null, definition, definitionYaml: null },
    ...{ dslApiVersion: 'v1.0', triggers: [], verdict: null },
  },
});

type Fate = AppendFault | undefined;
const unknownFate = new AppendFault({ appended: 'unknown', retryable: true }, 'no answer');
const closing: (() => Promise<void>)[] = [];
const deadlines: Deadline[] = [];
afterEach(async () => {
  for (const deadline of deadlines.splice(0)) deadline.stop();
  for (const close of closing.splice(0)) await close();
});
const within = (waitMs: number): Promise<undefined> => {
  const deadline = startDeadline(waitMs);
  deadlines.push(deadline);
  return deadline.expired;
};

/** A log of one partition whose appends end as the test says, and whose events the test writes. */
function openLog(fates: readonly Fate[] = []) {
  const appended: OutgoingRecord[] = [];
  let offset = 0;
  const waiting: EventBatch[] = [];
  let arrive: () => void = () => undefined;
  const reader: EventReader = {
    assign: () => undefined,
    poll: async () => {
      if (waiting.length === 0) await new Promise<void>((resolve) => (arrive = resolve));
      return waiting.splice(0);
    },
    close: () => Promise.resolve(arrive()),
  };
  const tail = startOutcomeTail(reader, new Map(), makeLogger({ service: 'spec', level: 'silent' }));
  closing.push(tail.close);
  const log: Pick<CommandLog, 'tail' | 'partitions' | 'source' | 'background' | 'projected'> & {
    readonly producer: CommandLog['producer'];
  } = {
    ...{
      tail,
      partitions: 1,
      source: 'spec',
      background: makeBackground({ places: 10, maxBytes: 1000 }, () => undefined),
    },
    projected: () => Promise.resolve(true),
    producer: {
      append: (record: OutgoingRecord) => {
        appended.push(record);
        const fate = fates[appended.length - 1];
        return fate === undefined ? Promise.resolve({ offset: appended.length }) : Promise.reject(fate);
      },
    } as unknown as CommandLog['producer'],
  };
  /** The decider's records about one attempt. */
  const decide = (attempt: number, ...types: readonly Event['type'][]): void => {
    const records = types.map((type, index) => ({
      ...{ kind: 'event', offset: offset++, timestamp: 0 },
      event: { type, meta: { commandId: 'C', attempt, index, count: types.length, commandOffset: attempt }, data: {} },
    }));
    const batch = { partition: 0, records, position: { offset, epoch: 1, owner: 'o' } } as unknown as EventBatch;
    waiting.push(batch);
    arrive();
  };
  return { log, appended, decide };
}

const next: NextAttempt = (attempt) => Promise.resolve(publish(attempt));

describe('a submitted command', () => {
  it('is decided with its first event, at the position behind its last', async () => {
    const { log, decide } = openLog();
    const submitted = submitCommand(log, publish(1), { expired: within(5000), next });
    await expect.poll(() => log.tail.healthy()).toBe(true);
    decide(1, 'FlowVersionPublished', 'SchedulePaused');
    expect(await submitted).toMatchObject({
      command: { meta: { attempt: 1 } },
      decided: { event: { type: 'FlowVersionPublished' }, position: { partition: 0, offset: 2 } },
    });
  });

  it('is sent again while its attempts are stale', async () => {
    const { log, appended, decide } = openLog();
    const submitted = submitCommand(log, publish(1), { expired: within(5000), next });
    for (const attempt of [1, 2]) {
      await expect.poll(() => appended.length).toBe(attempt);
      decide(attempt, 'CommandStale');
    }
    await expect.poll(() => appended.length).toBe(3);
    decide(3, 'FlowVersionPublished');
    expect(await submitted).toMatchObject({ command: { meta: { attempt: 3 } }, decided: { position: { offset: 3 } } });
  });

  it('is followed in the background once nobody waits any more', async () => {
    const { log, appended, decide } = openLog();
    const { decided, token } = await submitCommand(log, publish(1), { expired: within(0), next });
    expect(decided).toBeUndefined();
    expect(token).toBeDefined();
    decide(1, 'CommandStale');
    await expect.poll(() => appended.length).toBe(2);
    decide(2, 'CommandStale');
    await expect.poll(() => appended.length).toBe(3);
  });

  it('is left to the look-out for abandoned commands where too many bytes are held already', async () => {
    const { log } = openLog();
    const asked: (readonly [number, boolean])[] = [];
    const background: CommandLog['background'] = (bytes, work) => {
      const isFollowed = log.background(bytes, work);
      asked.push([bytes, isFollowed]);
      return isFollowed;
    };
    const submit = (definition: string, heldBytes: number) =>
      submitCommand({ ...log, background }, publish(1, definition), { expired: within(0), next, heldBytes });
    await submit('x'.repeat(500), 300);
    await submit('{}', 300);
    expect(asked.map(([, isFollowed]) => isFollowed)).toEqual([true, false]);
    const [large = 0, small = 0] = asked.map(([bytes]) => bytes);
    // Of the command as it is appended, and of what the caller holds.
    expect(large).toBe(small + 498 + 1);
  });

  it('is followed when the caller waits for its first attempt only, and that is stale', async () => {
    const { log, appended, decide } = openLog();
    const submitted = submitCommand(log, publish(1), { expired: within(5000), next, attempts: 1 });
    await expect.poll(() => appended.length).toBe(1);
    decide(1, 'CommandStale');
    expect(await submitted).toMatchObject({ command: { meta: { attempt: 1 } }, decided: { position: { offset: 1 } } });
    await expect.poll(() => appended.length).toBe(2);
  });

  it('is not sent a sixth time', async () => {
    const { log, appended, decide } = openLog();
    const submitted = submitCommand(log, publish(1), { expired: within(5000), next });
    for (const attempt of [1, 2, 3, 4, 5]) {
      await expect.poll(() => appended.length).toBe(attempt);
      decide(attempt, 'CommandStale');
    }
    expect(await submitted).toMatchObject({ command: { meta: { attempt: 5 } }, decided: { position: { offset: 5 } } });
    expect(appended).toHaveLength(5);
  });

  it.each([
    ['the first attempt', [unknownFate], 1, false],
    ['a later one', [undefined, unknownFate], 2, true],
  ] as const)('is pending without a position where %s may not be in the log', async (_, fates, attempts, isInLog) => {
    const { log, appended, decide } = openLog(fates);
    const submitted = submitCommand(log, publish(1), { expired: within(5000), next });
    await expect.poll(() => appended.length).toBe(1);
    decide(1, 'CommandStale');
    expect(await submitted).toMatchObject({ token: undefined, isInLog, decided: undefined });
    expect(appended).toHaveLength(attempts);
  });

  it('is refused where it is not in the log for certain', async () => {
    const { log } = openLog([new AppendFault({ appended: 'no', retryable: true }, 'away')]);
    await expect(submitCommand(log, publish(1), { next })).rejects.toMatchObject({
      problem: { code: 'LOG_UNAVAILABLE', retryAfterSeconds: 1 },
    });
  });

  it('is refused before the append where the decider would not take it', async () => {
    const { log, appended } = openLog();
    const large = publish(1, 'x'.repeat(MAX_COMMAND_BYTES));
    await expect(submitCommand(log, large, {})).rejects.toMatchObject({ problem: { code: 'PAYLOAD_TOO_LARGE' } });
    expect(appended).toHaveLength(0);
  });
});

it('a command that must be decided is waited for though it may not be in the log, until its caller gives up', async () => {
  const { log, appended, decide } = openLog([unknownFate]);
  const decided = decideCommand(log, publish(1), AbortSignal.timeout(5000));
  await expect.poll(() => appended.length).toBe(1);
  decide(1, 'TenantFenced');
  expect(await decided).toMatchObject({ event: { type: 'TenantFenced' }, position: { offset: 1 } });

  const caller = new AbortController();
  const given = decideCommand(openLog().log, publish(1), caller.signal);
  caller.abort();
  await expect(given).rejects.toMatchObject({ name: 'AbortError' });
});
