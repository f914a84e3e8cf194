import { problemBody, type ApprovalNode } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { checkSignal, signalBody } from './signal-check.js';

const approval = (id: string, approvers?: string[]): ApprovalNode => ({
  id,
  type: 'approval',
  ...(approvers === undefined ? {} : { approvers }),
});
const NODES = [
  approval('open'),
  approval('empty', []),
  approval('finance', ['role:finance', 'user:u-1', 'bob']),
  approval('legal', ['role:legal']),
];
const caller = (actorId: string, ...roles: string[]) => ({ actorId, roles, readsDefinitions: true });
const outcome = (...args: Parameters<typeof checkSignal>) => {
  const { nodeId, verdict } = checkSignal(...args);
  return verdict?.code ?? nodeId;
};

describe('target of a signal', () => {
  it.each([
    ['open', undefined, 'open'],
    ['open', 'legal', 'open'],
    ['human-approval', 'open', 'open'],
    ['human-approval', 'nowhere', 'UNKNOWN_SIGNAL'],
    ['human-approval', 7, 'UNKNOWN_SIGNAL'],
    ['human-approval', '', 'UNKNOWN_SIGNAL'],
    ['nowhere', undefined, 'UNKNOWN_SIGNAL'],
    ['nowhere', 'open', 'UNKNOWN_SIGNAL'],
    ['Open', undefined, 'UNKNOWN_SIGNAL'],
  ])('%s with nodeId %s', (name, nodeId, expected) => {
    expect(outcome(NODES, name, nodeId, caller('zoe'))).toBe(expected);
  });

  it('is nobody where the body names none, unless the version has no approval at all', () => {
    expect(checkSignal([approval('open')], 'human-approval', undefined, caller('zoe'))).toEqual({
      nodeId: null,
      verdict: null,
    });
    expect(outcome([approval('open')], 'human-approval', null, caller('zoe'))).toBeNull();
    expect(outcome([], 'human-approval', undefined, caller('zoe'))).toBe('UNKNOWN_SIGNAL');
  });

  it('is the node, where a node has the name human-approval', () => {
    const nodes = [approval('human-approval', ['bob']), approval('open')];
    expect(outcome(nodes, 'human-approval', 'open', caller('bob'))).toBe('human-approval');
    expect(outcome(nodes, 'human-approval', 'open', caller('zoe'))).toBe('NOT_AN_APPROVER');
  });
});

describe('approvers', () => {
  it.each([
    ['anybody, without a list', 'open', caller('zoe'), true],
    ['anybody, with an empty list', 'empty', caller('zoe'), true],
    ['a role', 'finance', caller('zoe', 'finance'), true],
    ['a user', 'finance', caller('u-1'), true],
    ['a bare subject', 'finance', caller('bob'), true],
    ['nobody else', 'finance', caller('zoe', 'legal'), false],
    ['no role in another case', 'finance', caller('zoe', 'Finance'), false],
    ['no role that has the name of a subject', 'finance', caller('zoe', 'bob'), false],
    ['no subject that has the name of a role', 'legal', caller('legal'), false],
    ['no subject spelled like an entry', 'legal', caller('role:legal'), false],
    ['no role above the list', 'legal', caller('root', 'platform_admin', 'superadmin'), false],
  ])('%s', (_who, target, who, may) => {
    expect(outcome(NODES, target, undefined, who)).toBe(may ? target : 'NOT_AN_APPROVER');
  });

  const refusalOf = (...args: Parameters<typeof checkSignal>): unknown => {
    const { verdict } = checkSignal(...args);
    return verdict === null ? null : problemBody(verdict);
  };

  it('are named in the refusal, to whom may read the definition', () => {
    expect(refusalOf(NODES, 'finance', undefined, caller('zoe'))).toEqual({
      code: 'NOT_AN_APPROVER',
      message: "The caller is not among the approvers of 'finance': role finance, user u-1, user bob.",
      ...{ nodeId: 'finance', requiredRoles: ['finance'], requiredUsers: ['u-1', 'bob'] },
    });
    expect(refusalOf(NODES, 'human-approval', undefined, caller('bob'))).toEqual({
      code: 'NOT_AN_APPROVER',
      message: "The caller is not among the approvers of 'legal': role legal.",
      ...{ nodeId: 'legal', requiredRoles: ['legal'] },
    });
    expect(refusalOf(NODES, 'finance', undefined, { ...caller('zoe'), readsDefinitions: false })).toEqual({
      code: 'NOT_AN_APPROVER',
      message: 'The caller is not among the approvers.',
    });
  });

  it('are named up to a bound: some of many, and none that nobody can be called', () => {
    const many = Array.from({ length: 30 }, (_, index) => `role:r${index}`);
    const refused = refusalOf([approval('a', ['x'.repeat(100_000), ...many])], 'a', undefined, caller('zoe'));
    expect(refused).toMatchObject({ requiredRoles: many.slice(0, 20).map((entry) => entry.slice('role:'.length)) });
    expect(JSON.stringify(refused)).toContain('role r19, and 10 more');
    const long = refusalOf([approval('n'.repeat(300), ['bob'])], 'n'.repeat(300), undefined, caller('zoe'));
    expect(JSON.stringify(long).length).toBeLessThan(1000);
  });

  it('an untargeted signal must satisfy every list of the version', () => {
    expect(outcome(NODES, 'human-approval', undefined, caller('bob'))).toBe('NOT_AN_APPROVER');
    expect(outcome(NODES, 'human-approval', undefined, caller('zoe', 'legal'))).toBe('NOT_AN_APPROVER');
    expect(outcome(NODES, 'human-approval', undefined, caller('bob', 'legal'))).toBeNull();
  });
});

describe('body of a signal', () => {
  it.each([
    [{ approved: true }, { approved: true, onBehalfOf: null, comment: null }],
    [
      { approved: false, actor: 'the boss' },
      { approved: false, onBehalfOf: 'the boss', comment: null },
    ],
    [
      { approved: true, comment: 'Checked' },
      { approved: true, onBehalfOf: null, comment: 'Checked' },
    ],
    [
      { approved: true, comment: '  ' },
      { approved: true, onBehalfOf: null, comment: null },
    ],
    [
      { approved: true, comment: 5 },
      { approved: null, onBehalfOf: null, comment: null },
    ],
    [{}, { approved: null, onBehalfOf: null, comment: null }],
    [{ approved: 'true' }, { approved: null, onBehalfOf: null, comment: null }],
    [{ approved: null }, { approved: null, onBehalfOf: null, comment: null }],
    [
      { approved: true, actor: 5 },
      { approved: null, onBehalfOf: null, comment: null },
    ],
  ])('%j', (body, expected) => {
    expect(signalBody(body, false)).toEqual(expected);
  });

  it('may be empty where signals are lenient, but not wrong', () => {
    expect(signalBody({}, true)).toEqual({ approved: true, onBehalfOf: null, comment: null });
    expect(signalBody({ approved: null }, true).approved).toBeNull();
    expect(signalBody({ approved: 1 }, true).approved).toBeNull();
  });
});
