import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeSample, sampleOf } from '../../test/samples.js';
import { decodeMessage, encodeFrame, publishedSchemas, writeAs, type LogMessage } from './codec.js';
import { NO_LATER_MEMBERS, type Frame } from './messages/frame.js';
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

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}
