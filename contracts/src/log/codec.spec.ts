import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMessage, publishedSchemas, UndecodableValue, UnknownSchema, type LogMessage } from './codec.js';
import { encodeSample, sampleOf } from '../../test/samples.js';

const root = new URL('../../', import.meta.url);
const committedSchemas = ['command', 'event', 'frame', 'epoch'].flatMap((kind) =>
  readdirSync(new URL(`schemas/${kind}/`, root)).map((file) => ({ kind, file })),
);
const committedSamples = readdirSync(new URL('fixtures/log/', root));

const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

describe('published schemas', () => {
  it.each(publishedSchemas())('$kind $name is in contracts/schemas as it is written', (published) => {
    const path = `schemas/${published.kind}/${published.name}.${published.fingerprint}.avsc`;
    expect(readJson(path)).toEqual(published.schema);
  });

  it.each(committedSchemas)('$kind/$file is still known: a published schema is never taken away', ({ file }) => {
    const fingerprint = file.split('.')[1];
    expect(publishedSchemas().map((published) => published.fingerprint)).toContain(fingerprint);
  });

  it.each(committedSamples)('the committed sample %s decodes to what it was', (file) => {
    const sample = readJson(`fixtures/log/${file}`) as { readonly hex: string; readonly message: LogMessage };
    // Members that came after it are there with their defaults.
    expect(decodeMessage(Buffer.from(sample.hex, 'hex'))).toMatchObject(sample.message);
  });

  it('has a committed sample of every schema', () => {
    const named = publishedSchemas().map((published) => `${published.name}.${published.fingerprint}.json`);
    expect(committedSamples).toEqual(expect.arrayContaining(named));
  });
});

describe('decodeMessage', () => {
  it('reads what an earlier release wrote as the type is today', () => {
    const decoded = publishedSchemas()
      .filter(({ retired }) => retired)
      .map(({ name, fingerprint }) => {
        const sample = readJson(`fixtures/log/${name}.${fingerprint}.json`) as { readonly hex: string };
        return decodeMessage(Buffer.from(sample.hex, 'hex'));
      });
    expect(decoded).toMatchObject([
      { kind: 'event', event: { type: 'ExecutionRequested', data: { trigger: null } } },
      { kind: 'command', command: { type: 'StartExecution', data: { strictInputs: false } } },
      { kind: 'command', command: { type: 'StartFromTrigger', data: { strictInputs: false } } },
      { kind: 'command', command: { type: 'RedeliverWebhook', data: { strictInputs: false } } },
    ]);
  });

  it.each(publishedSchemas().filter(({ retired }) => !retired))(
    'gives back what was encoded: $kind $name',
    ({ kind, name }) => {
      const message = sampleOf(kind, name);
      expect(decodeMessage(encodeSample(message))).toEqual(message);
    },
  );

  const valid = encodeSample(sampleOf('event', 'FlowDeleted'));
  it.each([
    ['an empty value', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"type":"FlowDeleted"}')],
    ['a truncated body', valid.subarray(0, valid.length - 3)],
    ['bytes behind the body', Buffer.concat([valid, Buffer.from([0])])],
  ])('refuses %s', (_what, value) => {
    expect(() => decodeMessage(value)).toThrow(UndecodableValue);
    expect(() => decodeMessage(value)).not.toThrow(UnknownSchema);
  });

  it('tells a record of a newer release from garbage, and names its schema', () => {
    const fingerprint = Buffer.from('0807060504030201', 'hex');
    const newer = Buffer.concat([Buffer.from([0xc3, 0x01]), Buffer.from(fingerprint).reverse(), valid.subarray(10)]);
    expect(() => decodeMessage(newer)).toThrow(new UnknownSchema('0807060504030201'));
    expect(() => decodeMessage(newer)).toThrow(UnknownSchema);
  });
});
