import { describe, expect, it } from 'vitest';
import { judgeRecord, START_OF_LOG } from './epoch-rule.js';
import { packLogHeader, unpackLogHeader, type LogHeader } from './record-header.js';

const header = (epoch: number, owner: string): LogHeader => ({ epoch, owner, commandOffset: 0, index: 0 });

/** Reads a log given as `M1a` (marker of epoch 1 by a) and `e1a` (event of a in epoch 1). @returns what was accepted */
function read(log: readonly string[], from = START_OF_LOG): readonly string[] {
  let position = from;
  return log.filter((entry, i) => {
    const epoch = Number(entry[1]);
    const judged = judgeRecord(position, from.offset + i, entry[0] === 'M', header(epoch, entry[2] as string));
    position = judged.position;
    return judged.accepted;
  });
}

describe('judgeRecord', () => {
  it('accepts the owner of the current epoch and nobody else', () => {
    expect(read(['M1a', 'e1a', 'e1b', 'M2b', 'e1a', 'e2b'])).toEqual(['M1a', 'e1a', 'M2b', 'e2b']);
  });
  it('lets the first of two markers of one epoch win', () => {
    expect(read(['M1a', 'M1b', 'e1b', 'e1a'])).toEqual(['M1a', 'e1a']);
  });
  it('ignores a late marker and all that its owner writes', () => {
    expect(read(['M1a', 'M3c', 'e3c', 'M2b', 'e2b', 'e3c'])).toEqual(['M1a', 'M3c', 'e3c', 'e3c']);
  });
  it('ignores events before the first marker', () => {
    expect(read(['e1a', 'M1a', 'e1a'])).toEqual(['M1a', 'e1a']);
  });
  it('reads the same from a stored position as from the beginning', () => {
    const log = ['M1a', 'e1a', 'M2b', 'e1a', 'e2b', 'M2c', 'e2c', 'e2b'];
    const all = read(log);
    let position = START_OF_LOG;
    for (let cut = 0; cut < log.length; cut++) {
      const before = read(log.slice(0, cut));
      expect([...before, ...read(log.slice(cut), position)]).toEqual(all);
      const entry = log[cut] as string;
      position = judgeRecord(position, cut, entry[0] === 'M', header(Number(entry[1]), entry[2] as string)).position;
    }
  });
  it('never accepts a record without a readable header', () => {
    expect(judgeRecord({ offset: 5, epoch: 1, owner: 'a' }, 5, false, undefined)).toEqual({
      accepted: false,
      position: { offset: 6, epoch: 1, owner: 'a' },
    });
  });
});

describe('the packed log header', () => {
  it('reads back what was packed', () => {
    const packed = { epoch: 3, owner: 'f47ac10b', commandOffset: -1, index: 2 };
    expect(unpackLogHeader(packLogHeader(packed))).toEqual(packed);
  });
  it.each(['', '1/a/2', '1/a/2/3/4', 'x/a/2/3', '1//2/3', '1/a/2/0.5'])('refuses %j', (text) => {
    expect(unpackLogHeader(text)).toBeUndefined();
  });
});
