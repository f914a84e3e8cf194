import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeSample, sampleOf } from '../../test/samples.js';
import {
  canWriteCommand,
  canWriteEvent,
  decodeMessage,
  encodeEvent,
  encodeFrame,
  publishedSchemas,
  writeAs,
  type LogMessage,
} from './codec.js';
import { END_NOT_SAID, NO_LATER_MEMBERS, type Frame } from './messages/frame.js';
import { FIRST_WRITTEN_IN, newestKnownTo, RELEASES, THIS_RELEASE } from './releases.js';

afterEach(() => writeAs(THIS_RELEASE));

describe('the schema that a release writes a type with', () => {
  const since = (schema: string): string | undefined => ({ second: '2', third: '3' })[schema];
  it.each([
    ['1', 'first'],
    ['2', 'second'],
    ['3', 'third'],
    ['4', 'third'],
  ])('%s writes the %s', (release, schema) => {
    expect(newestKnownTo(release, ['first', 'second', 'third'], since, ['1', '2', '3', '4'])).toBe(schema);
  });

  it('is none for a type that came later', () => {
    expect(newestKnownTo('2', ['third'], since, ['1', '2', '3'])).toBeUndefined();
  });
});

describe('releases', () => {
  it('has a row for every schema that came after the oldest of them, and no other', () => {
    const oldest = readJson('fixtures/schemas-of-0.2.json') as readonly string[];
    const later = publishedSchemas()
      .map(({ kind, name, fingerprint }) => `${kind}/${name}.${fingerprint}`)
      .filter((schema) => !oldest.includes(schema));
    expect(Object.keys(FIRST_WRITTEN_IN).toSorted()).toEqual(later.toSorted());
    expect(RELEASES).toEqual(expect.arrayContaining(Object.values(FIRST_WRITTEN_IN)));
  });

  it.each(RELEASES)('writes for %s what its readers know', (release) => {
    writeAs(release);
    const known = (key: string): boolean =>
      RELEASES.indexOf(FIRST_WRITTEN_IN[key] ?? RELEASES[0]) <= RELEASES.indexOf(release);
    for (const { kind, name } of publishedSchemas().filter(({ retired }) => !retired)) {
      let value: Buffer;
      try {
        value = encodeSample(sampleOf(kind, name));
      } catch (cause) {
        expect(cause).toMatchObject({ name: 'UnwritableMessage' });
        continue;
      }
      const fingerprint = Buffer.from(value.subarray(2, 10)).reverse().toString('hex');
      expect(known(`${kind}/${name}.${fingerprint}`), `${kind} ${name}`).toBe(true);
      // The one message that is written with less than it says: see below.
      if (name === 'RunEnding' && release !== THIS_RELEASE) continue;
      expect(decodeMessage(value)).toEqual(sampleOf(kind, name));
    }
  });
});

describe('a node frame for an earlier release', () => {
  const { frame } = sampleOf('frame', 'NodeFrame') as Extract<LogMessage, { readonly kind: 'frame' }>;
  const node = frame as Extract<Frame, { readonly type: 'NodeFrame' }>;
  const decoded = (one: Frame): unknown => {
    const message = decodeMessage(encodeFrame(one));
    return message.kind === 'frame' ? message.frame : undefined;
  };

  it('lacks what that cannot read, and is written all the same', () => {
    const own = { ...node, data: { ...node.data, root: null } };
    expect(decoded(own)).toEqual(own);
    writeAs('0.3');
    expect(decoded(own)).toEqual({ ...own, data: { ...own.data, ...NO_LATER_MEMBERS } });
    expect(encodeFrame(own).subarray(2, 10).reverse().toString('hex')).toBe('fc09fc449c5e5661');
  });

  it('of a sub-flow is not written', () => {
    writeAs('0.3');
    expect(() => encodeFrame(node)).toThrow(/has no frames of sub-flows/);
  });
});

describe('the hint that a run ends, for an earlier release', () => {
  it('does not say how, and is written all the same', () => {
    const message = sampleOf('frame', 'RunEnding');
    if (message.kind !== 'frame' || message.frame.type !== 'RunEnding') throw new TypeError('no hint');
    const { frame } = message;
    expect(decodeMessage(encodeFrame(frame))).toEqual(message);
    writeAs('0.3');
    const value = encodeFrame(frame);
    expect(value.subarray(2, 10).reverse().toString('hex')).toBe('97b89fe823f043eb');
    const said = { ...frame, data: { ...frame.data, ...END_NOT_SAID } };
    expect(decodeMessage(encodeFrame(frame))).toEqual({ kind: 'frame', frame: said });
  });
});

describe('a note or a comment for an earlier release', () => {
  const command = (name: string) => {
    const message = sampleOf('command', name);
    if (message.kind !== 'command') throw new TypeError('no command');
    return message.command;
  };
  const event = (name: string) => {
    const message = sampleOf('event', name);
    if (message.kind !== 'event') throw new TypeError('no event');
    return message.event;
  };

  it.each(['PauseSchedule', 'ResumeSchedule', 'SignalExecution'])(
    'is not written with a %s; one without is',
    (name) => {
      const said = command(name);
      const nothing = { ...said, data: { ...said.data, note: null, comment: null } } as unknown as typeof said;
      expect([canWriteCommand(said), canWriteCommand(nothing)]).toEqual([true, true]);
      writeAs('0.3');
      expect([canWriteCommand(said), canWriteCommand(nothing)]).toEqual([false, true]);
    },
  );

  it.each([
    ['SchedulePaused', '8f77ce290e66f861'],
    ['ScheduleResumed', 'f105011657579f59'],
    ['ExecutionSignaled', '5a82996a6b63788a'],
  ])('%s is as it was where nothing was said', (name, fingerprint) => {
    const said = event(name);
    const nothing = { ...said, data: { ...said.data, note: null, comment: null } } as unknown as typeof said;
    writeAs('0.3');
    expect(canWriteEvent(said)).toBe(false);
    const value = encodeEvent(nothing);
    expect(Buffer.from(value.subarray(2, 10)).reverse().toString('hex')).toBe(fingerprint);
    const read = decodeMessage(value);
    expect(read.kind === 'event' && read.event.data).toMatchObject(
      name === 'ExecutionSignaled' ? { comment: null } : { note: null },
    );
  });
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}
