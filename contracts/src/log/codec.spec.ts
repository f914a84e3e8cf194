import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMessage, decodeMessageLazily, publishedSchemas, type LogMessage } from './codec.js';
import { END_NOT_SAID, NO_LATER_MEMBERS } from './messages/frame.js';
import { UndecodableValue, UnknownSchema } from './codec-faults.js';
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
      { kind: 'event', event: { type: 'ExecutionRequested', data: { trigger: null, labels: '{}' } } },
      { kind: 'event', event: { type: 'ExecutionRequested', data: { labels: '{}' } } },
      { kind: 'event', event: { type: 'ExecutionSignaled', data: { comment: null } } },
      { kind: 'event', event: { type: 'SchedulePaused', data: { note: null } } },
      { kind: 'event', event: { type: 'ScheduleResumed', data: { note: null } } },
      { kind: 'event', event: { type: 'TemplateCreated', data: { executionId: null, notProvisioned: null } } },
      { kind: 'event', event: { type: 'TemplateUpdated', data: { executionId: null, notProvisioned: null } } },
      { kind: 'command', command: { type: 'StartExecution', data: { strictInputs: false, labels: '{}' } } },
      { kind: 'command', command: { type: 'StartExecution', data: { labels: '{}' } } },
      { kind: 'command', command: { type: 'RetryExecution', data: { source: { labels: '{}' } } } },
      { kind: 'command', command: { type: 'SignalExecution', data: { comment: null } } },
      { kind: 'command', command: { type: 'PauseSchedule', data: { note: null } } },
      { kind: 'command', command: { type: 'ResumeSchedule', data: { note: null } } },
      { kind: 'command', command: { type: 'StartFromTrigger', data: { strictInputs: false } } },
      { kind: 'command', command: { type: 'RedeliverWebhook', data: { strictInputs: false } } },
      { kind: 'command', command: { type: 'CreateTemplate', data: { provision: null } } },
      { kind: 'command', command: { type: 'UpdateTemplate', data: { provision: null } } },
      { kind: 'frame', frame: { type: 'NodeFrame', data: NO_LATER_MEMBERS } },
      { kind: 'frame', frame: { type: 'RunEnding', data: END_NOT_SAID } },
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

describe('decodeMessageLazily', () => {
  it.each(committedSamples)('reads the committed sample %s as decodeMessage does', (file) => {
    const { hex } = readJson(`fixtures/log/${file}`) as { readonly hex: string };
    const value = Buffer.from(hex, 'hex');
    const read = decodeMessageLazily(value);
    const message = 'event' in read ? read.event : 'command' in read ? read.command : undefined;
    const { kind, ...whole } = decodeMessage(value);
    if (message === undefined) expect(read).toEqual({ kind, ...whole });
    else expect({ type: message.type, meta: message.meta, data: message.data }).toEqual(Object.values(whole)[0]);
  });

  const valid = encodeSample(sampleOf('event', 'FlowDeleted'));
  it('refuses at once what is cut off in meta, and data that is cut off or too long when it is asked for', () => {
    expect(() => decodeMessageLazily(valid.subarray(0, 20))).toThrow(UndecodableValue);
    for (const value of [valid.subarray(0, valid.length - 3), Buffer.concat([valid, Buffer.from([0])])]) {
      const read = decodeMessageLazily(value);
      expect(read).toMatchObject({ event: { type: 'FlowDeleted', meta: { commandId: 'sample commandId' } } });
      const ask = (): unknown => (read.kind === 'event' ? read.event.data : undefined);
      expect(ask).toThrow(UndecodableValue);
      expect(ask).toThrow(UndecodableValue);
    }
  });
});
