import { describe, expect, it } from 'vitest';
import type { ApprovalSignal } from '../../shared/run-input.js';
import { close, EMPTY_INBOX, reach, receive, type ApprovalInbox } from './approval-inbox.js';

const signal = (commandId: string, nodeId: string | null, approved = true): ApprovalSignal => ({
  commandId,
  nodeId,
  approved,
  actor: 'u',
  onBehalfOf: null,
});
const take = (inbox: ApprovalInbox, ...signals: ApprovalSignal[]): ApprovalInbox =>
  signals.reduce((current, one) => receive(current, one).inbox, inbox);
const waitAt = (inbox: ApprovalInbox, ...nodeIds: string[]): ApprovalInbox =>
  nodeIds.reduce((current, nodeId) => reach(current, nodeId).inbox, inbox);

describe('signals of flow-language 9.3', () => {
  it('releases the approval a signal is targeted at', () => {
    const step = receive(waitAt(EMPTY_INBOX, 'a', 'b'), signal('1', 'b'));
    expect(step.released).toMatchObject({ nodeId: 'b', signal: { commandId: '1' } });
    expect(step.inbox.waiting).toEqual(['a']);
  });

  it('gives an untargeted signal to the approval that has waited longest, and to one only', () => {
    const waiting = waitAt(EMPTY_INBOX, 'a', 'b');
    const first = receive(waiting, signal('1', null));
    expect(first.released?.nodeId).toBe('a');
    expect(reach(first.inbox, 'c').released).toBeUndefined();
    expect(receive(first.inbox, signal('2', null)).released?.nodeId).toBe('b');
  });

  it('keeps an early untargeted signal for the next approval that is reached, once', () => {
    const inbox = take(EMPTY_INBOX, signal('1', null, false), signal('2', null));
    const first = reach(inbox, 'a');
    expect(first.released?.signal.commandId).toBe('2');
    expect(reach(first.inbox, 'b').released).toBeUndefined();
  });

  it('keeps the last early signal of each target', () => {
    const inbox = take(EMPTY_INBOX, signal('1', 'a'), signal('2', 'b'), signal('3', 'a', false));
    expect(reach(inbox, 'a').released?.signal).toMatchObject({ commandId: '3', approved: false });
    expect(reach(inbox, 'b').released?.signal.commandId).toBe('2');
  });

  it('prefers a targeted signal and leaves the untargeted one for another approval', () => {
    const inbox = take(EMPTY_INBOX, signal('1', null), signal('2', 'a'));
    const first = reach(inbox, 'a');
    expect(first.released?.signal.commandId).toBe('2');
    expect(reach(first.inbox, 'b').released?.signal.commandId).toBe('1');
  });

  it('ignores a signal for an approval that is over, and repeats of a command', () => {
    const over = close(waitAt(EMPTY_INBOX, 'a'), 'a');
    expect(receive(over, signal('1', 'a'))).toMatchObject({ released: undefined, inbox: { targeted: [] } });
    const once = receive(waitAt(EMPTY_INBOX, 'a', 'b'), signal('1', null));
    expect(receive(once.inbox, signal('1', null)).released).toBeUndefined();
  });

  it('goes on waiting after a continue-as-new without a second place in the queue', () => {
    const waiting = waitAt(EMPTY_INBOX, 'a', 'b');
    expect(waitAt(waiting, 'a', 'b').waiting).toEqual(['a', 'b']);
  });
});
