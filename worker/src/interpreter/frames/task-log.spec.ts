import type { Frame } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import type { TaskEnvelope } from '../workflow/perform-task.js';
import type { FrameDraft } from './frame-emitter.js';
import { makeTaskLog } from './task-log.js';

const tenant = { executionId: 'T:W:F:1', tenantId: 'T', workspaceId: 'W', flowId: 'F', flowVersion: '1' };
const envelopeOf = (over = {}): TaskEnvelope => ({ nodeId: 'n', tenant, ...over }) as unknown as TaskEnvelope;

function logOf(limits = { maxLines: 3, maxBytes: 10_000 }, envelope = envelopeOf()) {
  const drafts: FrameDraft[] = [];
  const emitter = { emit: (draft: FrameDraft) => void drafts.push(draft), drained: () => Promise.resolve() };
  const opened = makeTaskLog(emitter, limits)(envelope, 2);
  const frames = (): readonly Frame[] => drafts.map((draft) => draft.complete([]));
  const lines = () => frames().map(({ data }) => ('level' in data ? `${data.level} ${data.message}` : ''));
  return { ...opened, lines, frames, ids: () => drafts.map(({ id }) => id) };
}

describe('the log of an attempt', () => {
  it('has its lines with their levels, each under a different id', () => {
    const { log, lines, frames, ids } = logOf();
    log('info', 'begun');
    log('error', 'broken');
    expect(lines()).toEqual(['info begun', 'error broken']);
    expect(frames()[0]?.data).toMatchObject({ executionId: 'T:W:F:1', nodeId: 'n' });
    expect(ids()).toEqual(['n/log/attempt-2/1', 'n/log/attempt-2/2']);
  });

  it('ends with a note where there are too many lines, or too many bytes', () => {
    const many = logOf();
    for (let line = 0; line < 10; line++) many.log('info', `line ${line}`);
    expect(many.lines()).toHaveLength(4);
    expect(many.lines()[3]).toMatch(/^warn More lines of this attempt are left out: it may have 3/);
    const large = logOf({ maxLines: 100, maxBytes: 3000 });
    for (let line = 0; line < 3; line++) large.log('info', 'é'.repeat(700));
    expect(large.lines()).toHaveLength(3);
    expect(large.lines()[2]).toMatch(/^warn More lines/);
  });

  it('cuts a long line', () => {
    const { log, lines } = logOf();
    log('info', 'x'.repeat(5000));
    expect(lines()).toEqual([`info ${'x'.repeat(2000)}…`]);
  });

  it('takes nothing after its end, with no lines allowed, of a sub-flow, or of a broken envelope', () => {
    const over = logOf();
    over.close();
    const lineage = { root: 'T:W:F:0', path: ['s'] };
    const others = [
      over,
      logOf({ maxLines: 0, maxBytes: 10 }),
      logOf(undefined, envelopeOf({ quiet: true, lineage })),
      logOf(undefined, envelopeOf({ tenant: undefined })),
    ];
    for (const { log } of others) log('info', 'x');
    expect(others.flatMap(({ lines }) => lines())).toEqual([]);
  });
});
