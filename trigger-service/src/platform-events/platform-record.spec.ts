import type { LogRecord } from '@flowplane/plumbing/kafka';
import { describe, expect, it } from 'vitest';
import { MAX_INPUT_BYTES } from '../trigger-input.js';
import { readRecord } from './platform-record.js';

const RULES = { tenantId: 'T', workspaceId: 'W', maxDepth: 16, maxJsonValues: 1000 };
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

const DEEP = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
const ONES = `[${'1,'.repeat(999)}1]`;

function read(value: string | Buffer | null, headers: Readonly<Record<string, string>> = {}) {
  const record: LogRecord = {
    ...{ partition: 0, offset: 7, timestamp: 0, key: null, headers },
    value: typeof value === 'string' ? Buffer.from(value) : value,
  };
  return readRecord(record, RULES);
}
const inputOf = (value: string | Buffer | null, headers: Readonly<Record<string, string>> = {}): unknown => {
  const result = read(value, headers);
  return result.kind === 'event' ? JSON.parse(result.event.input) : result;
};
const envelope = (more: object): string =>
  JSON.stringify({ specversion: '1.0', id: '1', source: 's', type: 'order.created', ...more });

const base64Of = (data: string): string => envelope({ data_base64: Buffer.from(data).toString('base64') });

describe('the input of a record', () => {
  it.each([
    ['an object', '{"a":1}', { a: 1 }],
    ['another value', '[1]', { raw: [1] }],
    ['null', 'null', { raw: null }],
    ['text', 'hello', { raw: 'hello' }],
    ['nothing', '', {}],
    ['a number without end', '{"a":1e999}', { raw: '{"a":1e999}' }],
    ['an integer beyond 2^53', '{"id":3544790567247868102}', { id: '3544790567247868102' }],
    ['an object behind a byte order mark', '\ufeff{"a":1}', { a: 1 }],
    ['JSON nested out of all proportion', DEEP, { raw: DEEP }],
    ['as many values as may be', ONES, { raw: JSON.parse(ONES) as unknown }],
    ['text with many commas', ONES.slice(1), { raw: ONES.slice(1) }],
  ])('%s', (_name, value, expected) => expect(inputOf(value)).toEqual(expected));

  it('of a record without value is empty', () => expect(inputOf(null)).toEqual({}));

  it('of a CloudEvent in binary mode is its value', () => {
    expect(inputOf('{"a":1}', { ce_specversion: '1.0', ce_type: 'x' })).toEqual({ a: 1 });
  });

  it.each([
    ['an object', { data: { a: 1 } }, { a: 1 }],
    ['another value', { data: 'text' }, { raw: 'text' }],
    ['bytes', { data_base64: Buffer.from('{"b":2}').toString('base64') }, { b: 2 }],
    ['no bytes', { data_base64: '' }, {}],
    ['null beside bytes', { data: null, data_base64: 'e30=' }, {}],
    ['bytes that are null beside data', { data: { a: 1 }, data_base64: null }, { a: 1 }],
    ['nothing', {}, {}],
  ])('of a CloudEvent in structured mode is its data: %s', (_name, more, expected) =>
    expect(inputOf(envelope(more), STRUCTURED)).toEqual(expected),
  );

  it('of a structured CloudEvent keeps integers beyond 2^53 as their decimal texts, attributes too', () => {
    const text = '{"specversion":"1.0","serial":9007199254740993,"data":{"id":3544790567247868102}}';
    expect(inputOf(text, STRUCTURED)).toEqual({ id: '3544790567247868102' });
    expect(read(text, STRUCTURED)).toMatchObject({ event: { headers: { ce_serial: '9007199254740993' } } });
  });

  it('has the attributes of a structured CloudEvent beside the headers', () => {
    const result = read(envelope({ subject: 's1', data: 1 }), { ...STRUCTURED, 'X-Kind': 'k' });
    expect(result).toMatchObject({ kind: 'event', event: { headers: { ce_subject: 's1', 'x-kind': 'k' } } });
  });
});

describe('what cannot start a run', () => {
  it.each([
    ['a structured CloudEvent that is none', '[]', STRUCTURED, 'INVALID_INPUT'],
    ['one without specversion', '{"id":"1"}', STRUCTURED, 'INVALID_INPUT'],
    ['a depth that is no number', '{}', { ce_flowsdepth: '-1' }, 'INVALID_INPUT'],
    ['a record too deep', '{}', { ce_flowsdepth: '17' }, 'INVALID_INPUT'],
    ['an input too large', `{"a":"${'x'.repeat(MAX_INPUT_BYTES)}"}`, {}, 'PAYLOAD_TOO_LARGE'],
    ['more values than are read', `[${'0,'.repeat(1000)}0]`, {}, 'PAYLOAD_TOO_LARGE'],
    ['a CloudEvent of more values', envelope({ data: Array(1000).fill(0) }), STRUCTURED, 'PAYLOAD_TOO_LARGE'],
    ['one with more values in its base64', base64Of(`[${'0,'.repeat(1000)}0]`), STRUCTURED, 'PAYLOAD_TOO_LARGE'],
    ['a CloudEvent nested out of all proportion', `{"specversion":"1.0","data":${DEEP}}`, STRUCTURED, 'INVALID_INPUT'],
    ['a CloudEvent with other signs in its base64', envelope({ data_base64: '***' }), STRUCTURED, 'INVALID_INPUT'],
    ['one whose base64 is cut off', envelope({ data_base64: 'eyJhIjoxf' }), STRUCTURED, 'INVALID_INPUT'],
    ['one whose base64 has no padding', envelope({ data_base64: 'e30x' + 'eQ' }), STRUCTURED, 'INVALID_INPUT'],
    ['one in the URL form of base64', envelope({ data_base64: '-_-_' }), STRUCTURED, 'INVALID_INPUT'],
    ['one with a line break in its base64', envelope({ data_base64: 'e30x\neTEy' }), STRUCTURED, 'INVALID_INPUT'],
    ['one whose base64 is no text', envelope({ data_base64: 1 }), STRUCTURED, 'INVALID_INPUT'],
    ['one with data in both members', envelope({ data: {}, data_base64: 'e30=' }), STRUCTURED, 'INVALID_INPUT'],
    ['one with a number without end', envelope({}).replace('}', ',"data":1e999}'), STRUCTURED, 'INVALID_INPUT'],
  ])('%s', (_name, value, headers, code) => {
    expect(read(value, headers as Record<string, string>)).toMatchObject({ kind: 'unusable', problem: { code } });
  });

  it('a structured CloudEvent that is not UTF-8', () => {
    const bytes = Buffer.from(envelope({ data: 'é' }), 'latin1');
    expect(read(bytes, STRUCTURED)).toMatchObject({ kind: 'unusable', problem: { code: 'INVALID_INPUT' } });
  });

  it('an input of exactly the bound can', () => {
    const value = `{"a":"${'x'.repeat(MAX_INPUT_BYTES - 8)}"}`;
    expect(Buffer.byteLength(value)).toBe(MAX_INPUT_BYTES);
    expect(read(value).kind).toBe('event');
  });
});

describe('whom a record belongs to', () => {
  it.each<readonly [string, Record<string, string>, string]>([
    ['none is named', {}, 'event'],
    ['its own', { ce_tenantid: 'T', 'ce-workspaceid': 'W' }, 'event'],
    ['another tenant', { ce_tenantid: 'other' }, 'foreign'],
    ['another workspace', { 'CE-WorkspaceId': 'other' }, 'foreign'],
    ['its own and another', { ce_tenantid: 'T', 'ce-tenantid': 'other' }, 'foreign'],
  ])('%s', (_name, headers, kind) => expect(read('{}', headers).kind).toBe(kind));

  it('is said by the attributes of a structured CloudEvent too', () => {
    expect(read(envelope({ tenantid: 'other' }), STRUCTURED).kind).toBe('foreign');
    const claimed = read(envelope({ tenantid: 'T' }), { ...STRUCTURED, ce_tenantid: 'other' });
    expect(claimed.kind).toBe('foreign');
  });
});

it('takes depth, correlation id and trace from the headers, where they are well-formed', () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const good = read('{}', { ce_flowsdepth: '3', 'x-correlation-id': 'corr-1234', traceparent });
  expect(good).toMatchObject({ event: { depth: 3, correlationId: 'corr-1234', traceparent } });
  const twice = read(envelope({ flowsdepth: 0 }), { ...STRUCTURED, ce_flowsdepth: '5' });
  expect(twice).toMatchObject({ event: { depth: 5 } });
  const bad = read('{}', { 'x-correlation-id': 'no', traceparent: 'x' });
  expect(bad).toMatchObject({ event: { depth: null, correlationId: null, traceparent: null } });
});
