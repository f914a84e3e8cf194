import { describe, expect, it } from 'vitest';
import { TOPICS } from '@flowplane/contracts';
import { settingsOf, weakSettings } from './topic-settings.js';

const events = settingsOf(TOPICS.events, 1);
const weak = (actual: Readonly<Record<string, string>>, wanted = events): readonly string[] =>
  weakSettings(wanted, new Map(Object.entries({ ...wanted, ...actual })));

describe('settings of a topic that is there', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['as created', {}, []],
    ['a retention by time', { 'retention.ms': '604800000' }, ['retention.ms is 604800000, and must be at least -1']],
    ['a retention by size', { 'retention.bytes': '1000' }, ['retention.bytes is 1000, and must be at least -1']],
    ['compaction', { 'cleanup.policy': 'compact' }, ['cleanup.policy is compact, and must be delete']],
    ['compaction beside it', { 'cleanup.policy': 'compact,delete' }, [expect.stringContaining('compact,delete')]],
    ['smaller records', { 'max.message.bytes': '1048588' }, [expect.stringContaining('at least 16777216')]],
    ['larger records', { 'max.message.bytes': '99999999' }, []],
    ['unclean elections', { 'unclean.leader.election.enable': 'true' }, [expect.stringContaining('must be false')]],
  ])('%s', (_case, actual, faults) => {
    expect(weak(actual)).toEqual(faults);
  });

  it('may keep longer than asked for, without bound too, and not shorter', () => {
    const commands = settingsOf(TOPICS.commands, 1);
    expect(weak({ 'retention.ms': '-1' }, commands)).toEqual([]);
    expect(weak({ 'retention.ms': '604800001' }, commands)).toEqual([]);
    expect(weak({ 'retention.ms': '86400000' }, commands)).toHaveLength(1);
  });

  it.each([
    [1, '1'],
    [2, '1'],
    [3, '2'],
    [5, '2'],
  ])('with %i replicas ask that %s have a record', (replicas, inSync) => {
    expect(settingsOf(TOPICS.events, replicas)).toMatchObject({ 'min.insync.replicas': inSync });
  });
});
