import type { FinalNode, FlowDefinition, Frame } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import {
  endingFrame,
  inline,
  nodeFrame,
  plainFrames,
  RUN,
  taskFrames,
} from '../../../test/executor/frames-of-a-run.js';
import { makeCloseAudit, type AuditedClose } from './close-audit.js';
import { makeSeenFrames } from './seen-frames.js';

const DEFINITION = {
  ...{ apiVersion: 'v1.0', name: 'x' },
  nodes: [
    { id: 'a', type: 'task' },
    { id: 'choose', type: 'branch' },
  ],
} as unknown as FlowDefinition;
const TRACE = ['a', 'choose'];
const RESULT = { status: 'completed', trace: TRACE, state: { a: 'out' } };
const FRAMES: readonly Frame[] = [
  ...[...taskFrames('a', 'in'), nodeFrame('a', 'retrying', { completedAt: 15, error: { code: 'X', message: 'm' } })],
  nodeFrame('a', 'retrying', { attemptNumber: 2, startedAt: 16 }),
  nodeFrame('a', 'completed', { attemptNumber: 2, startedAt: 16, completedAt: 20, output: 'out' }),
  ...plainFrames('choose'),
  endingFrame({ trace: TRACE, arms: [['choose', 1]] }, { result: RESULT }),
];
const ROWS: readonly FinalNode[] = [
  {
    ...{ nodeId: 'a', iteration: 1, status: 'completed', reused: false, input: inline('in'), output: inline('out') },
    ...{ error: null, scheduledEventId: '5' },
    attempts: [
      { status: 'failed', attemptNumber: 1, startedAt: 10, completedAt: 15, error: { message: 'm' } },
      { status: 'completed', attemptNumber: 2, startedAt: 16, completedAt: 20 },
    ],
  },
  {
    ...{ nodeId: 'choose', iteration: 1, status: 'completed', reused: false, input: null, output: null, error: null },
    ...{ scheduledEventId: null, arm: 1 },
    attempts: [{ status: 'completed', attemptNumber: 1, startedAt: 10, completedAt: 20 }],
  },
];
const END: AuditedClose['end'] = {
  status: 'Completed',
  closedAt: 99,
  result: null,
  failure: null,
  workflowTask: 7,
  nextRunId: null,
};
const CLOSED = {
  status: 'Completed',
  startedAt: 1,
  closedAt: 99,
  result: inline(RESULT),
  failure: null,
  nodes: null,
} as const;

type Given = Partial<Pick<AuditedClose, 'end' | 'run' | 'cause' | 'version' | 'nodes'>>;

/** What auditing one run counts and logs. */
async function audited(frames: readonly Frame[], given: Given = {}, stored: Readonly<Record<string, string>> = {}) {
  const seen = makeSeenFrames({ values: 'digests' });
  seen.missed(0);
  for (const frame of frames) seen.see(frame, 0);
  const counted: string[] = [];
  const logged: string[] = [];
  const log = (fields: object): void => void logged.push(JSON.stringify(fields));
  const audit = makeCloseAudit({
    frames: seen,
    store: { get: (hash) => Promise.resolve(Buffer.from(stored[hash] ?? '')) },
    counters: {
      audited: (outcome) => void counted.push(outcome),
      differs: (member) => void counted.push(member),
      notWhole: (reason) => void counted.push(reason),
    },
    logger: { warn: log, info: log } as never,
  });
  const close = {
    ...{ executionId: RUN.executionId, end: END, startedAt: 1, seen: seen.of(RUN.executionId), definition: DEFINITION },
    ...{ run: CLOSED, cause: { correlationId: 'corr', traceparent: null }, version: 1, nodes: ROWS },
    ...given,
  };
  await audit(close, new AbortController().signal);
  return { counted, logged };
}
const changed = (over: Partial<FinalNode>): Given => ({
  nodes: [{ ...(ROWS[0] as FinalNode), ...over }, ROWS[1] as FinalNode],
});

describe('the audit of a closed run', () => {
  it('finds nothing where journal and history say the same', async () => {
    expect(await audited(FRAMES)).toEqual({ counted: ['same'], logged: [] });
  });

  it('reads where the run stood from the content store where that is large', async () => {
    const ref = 'b'.repeat(64);
    const standing = { trace: TRACE, open: [], failed: [], arms: [['choose', 1]], reused: [] };
    const large = endingFrame({}, { result: RESULT, standing: { json: null, ref, sizeBytes: 1 } });
    const { counted } = await audited([...FRAMES.slice(0, -1), large], {}, { [ref]: JSON.stringify(standing) });
    expect(counted).toEqual(['same']);
  });

  it.each<[string, Partial<FinalNode>]>([
    ['node.status', { status: 'started' }],
    ['node.reused', { reused: true }],
    ['node.arm', { arm: 0 }],
    ['node.error', { error: { code: 'X', message: 'm', stack: null } }],
    ['node.input', { input: inline('other') }],
    ['node.input', { input: null }],
    ['node.output', { output: inline('other') }],
    ['node.attempt', { attempts: (ROWS[0]?.attempts ?? []).slice(0, 1) }],
    ['node.startedAt', { attempts: (ROWS[0]?.attempts ?? []).map((one) => ({ ...one, startedAt: 17 })) }],
    ['node.completedAt', { attempts: (ROWS[0]?.attempts ?? []).map((one) => ({ ...one, completedAt: 21 })) }],
    ['node.attemptError', { attempts: (ROWS[0]?.attempts ?? []).map(({ error: _, ...one }) => one) }],
  ])('finds a difference in %s', async (member, over) => {
    const { counted, logged } = await audited(FRAMES, changed(over));
    expect(counted).toContain(member);
    expect(counted.at(-1)).toBe('differs');
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ executionId: RUN.executionId, nodeId: 'a' });
  });

  it.each<[string, Given]>([
    ['run.status', { run: { ...CLOSED, status: 'Failed' } }],
    ['run.result', { run: { ...CLOSED, result: null } }],
    ['run.failure', { run: { ...CLOSED, failure: { nodeId: null, code: 'X', message: 'm' } } }],
    ['run.startedAt', { run: { ...CLOSED, startedAt: 2 } }],
    ['run.version', { version: 2 }],
    ['run.correlationId', { cause: { correlationId: 'other', traceparent: null } }],
    ['node', { nodes: ROWS.slice(1) }],
    ['node', { nodes: [...ROWS, { ...(ROWS[0] as FinalNode), nodeId: 'more' }] }],
    ['node.order', { nodes: ROWS.toReversed() }],
  ])('finds a difference in %s', async (member, given) => {
    expect((await audited(FRAMES, given)).counted).toEqual([member, 'differs']);
  });

  it('sees a frame that is wrong', async () => {
    const wrong = nodeFrame('a', 'completed', { attemptNumber: 3, startedAt: 16, completedAt: 20, output: 'wrong' });
    const { counted } = await audited([...FRAMES, wrong]);
    expect(counted).toEqual(expect.arrayContaining(['node.output', 'node.attempt', 'differs']));
  });

  it('compares only what both sides know', async () => {
    const unknown = (ROWS[0]?.attempts ?? []).map((one) => ({ ...one, startedAt: null, completedAt: null }));
    expect((await audited(FRAMES, changed({ attempts: unknown }))).counted).toEqual(['same']);
    expect((await audited(FRAMES, { run: { ...CLOSED, startedAt: null }, version: null })).counted).toEqual(['same']);
  });

  it('logs no value of a tenant', async () => {
    const secret = 'secretword';
    const { logged } = await audited(FRAMES, {
      ...changed({ output: inline(secret), error: { code: 'X', message: secret, stack: null } }),
      run: { ...CLOSED, result: inline(secret), failure: { nodeId: 'a', code: 'X', message: secret } },
    });
    expect(logged.length).toBeGreaterThan(3);
    expect(logged.join()).not.toContain(secret);
  });

  it('counts what the journal alone could not close, and ends other than those that were said', async () => {
    expect((await audited(FRAMES.slice(0, -1))).counted).toEqual(['end_not_said', 'not_whole']);
    expect((await audited(FRAMES, { end: { ...END, workflowTask: 12 } })).counted).toEqual(['other_end', 'other_end']);
    const terminated = { ...END, status: 'Terminated', workflowTask: null } as const;
    expect((await audited(FRAMES, { end: terminated })).counted).toEqual(['other_end', 'other_end']);
  });

  it('counts a run that it could not compare', async () => {
    const broken = endingFrame({}, { standing: { json: '{', ref: null, sizeBytes: 1 } });
    expect((await audited([...FRAMES, broken])).counted).toEqual(['failed']);
  });
});
