import { PLATFORM_EVENT_HEADER, problem, type Problem } from '@flowplane/contracts';
import { isJsonObject, type Json } from '@flowplane/contracts/flow';
import { readJson, tooManyValues } from '@flowplane/plumbing/json';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { MAX_INPUT_BYTES, triggerInput } from '../trigger-input.js';

/** What a record of a platform-event topic says, whatever form it has. */
export type PlatformEvent = {
  /** The run's input, compact JSON text of an object. */
  readonly input: string;
  /** Names in lower case; attributes of a structured CloudEvent as `ce_<name>`. */
  readonly headers: Readonly<Record<string, string>>;
  /** `ce_flowsdepth`; null on a record that no flow published. */
  readonly depth: number | null;
  readonly correlationId: string | null;
  readonly traceparent: string | null;
};

export type ReadRecord =
  | { readonly kind: 'event'; readonly event: PlatformEvent }
  /** It names another tenant or workspace than its topic's. */
  | { readonly kind: 'foreign' }
  /** It can start nothing. */
  | { readonly kind: 'unusable'; readonly problem: Problem };

export type RecordRules = {
  readonly tenantId: string;
  readonly workspaceId: string;
  /** FLOWS_EVENT_MAX_DEPTH */
  readonly maxDepth: number;
  /** FLOWS_MAX_JSON_VALUES */
  readonly maxJsonValues: number;
};

const CORRELATION_ID = /^[A-Za-z0-9._:-]{8,128}$/;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const DEPTH = /^\d{1,9}$/;

/**
 * A record as plain JSON, as a CloudEvent in binary mode (attributes in `ce_…` or `ce-…` headers, the value is the data)
 * or in structured mode (content type `application/cloudevents+json`: the value holds attributes and data). In all three
 * the data becomes the input (flows-api 11.2). Never throws.
 */
export function readRecord(record: LogRecord, rules: RecordRules): ReadRecord {
  try {
    const headers = lowerCased(record.headers);
    const structured = /^application\/cloudevents\+json\b/i.test(headers['content-type'] ?? '');
    const { attributes, data } = structured
      ? structuredEvent(boundedValues(record.value, rules))
      : { attributes: {}, data: record.value ?? Buffer.alloc(0) };
    return judged([headers, attributes], () => triggerInput(boundedValues(data, rules)), rules);
  } catch (cause) {
    // Stringifying recurses where parsing does not.
    if (cause instanceof RangeError) return unusable('INVALID_INPUT', 'The record nests too deeply.');
    if (cause instanceof MalformedEvent) return unusable('INVALID_INPUT', cause.message);
    if (cause instanceof TooManyValues) return unusable('PAYLOAD_TOO_LARGE', cause.message);
    throw cause;
  }
}

class MalformedEvent extends Error {
  override readonly name = 'MalformedEvent';
}

/** It would take long to read. */
class TooManyValues extends Error {
  override readonly name = 'TooManyValues';
}

/** @throws TooManyValues */
function boundedValues(value: Buffer | null, { maxJsonValues }: RecordRules): Buffer {
  const bytes = value ?? Buffer.alloc(0);
  const fault = tooManyValues('The record', bytes, maxJsonValues);
  if (fault !== undefined) throw new TooManyValues(fault);
  return bytes;
}

/** @param named headers and attributes: what each of them says of owner and depth counts */
function judged(
  named: readonly Readonly<Record<string, string>>[],
  input: () => string,
  rules: RecordRules,
): ReadRecord {
  const headers: Readonly<Record<string, string>> = Object.assign({}, ...named);
  const allOf = (name: string): readonly string[] =>
    named.flatMap((one) => [one[name], one[name.replace('_', '-')]].filter((text) => text !== undefined));
  const of = (name: string): string | undefined => headers[name] ?? headers[name.replace('_', '-')];
  const isForeign =
    allOf(PLATFORM_EVENT_HEADER.tenantId).some((text) => text !== rules.tenantId) ||
    allOf(PLATFORM_EVENT_HEADER.workspaceId).some((text) => text !== rules.workspaceId);
  if (isForeign) return { kind: 'foreign' };
  const depths = allOf(PLATFORM_EVENT_HEADER.depth);
  if (!depths.every((text) => DEPTH.test(text))) {
    return unusable('INVALID_INPUT', `${PLATFORM_EVENT_HEADER.depth} is not a whole number.`);
  }
  const depth = depths.length === 0 ? null : Math.max(...depths.map(Number));
  if (depth !== null && depth > rules.maxDepth) {
    return unusable(
      'INVALID_INPUT',
      `The record is ${depth} flows deep; at most ${rules.maxDepth} may follow each other.`,
    );
  }
  const text = input();
  if (Buffer.byteLength(text) > MAX_INPUT_BYTES) {
    return { kind: 'unusable', problem: problem('PAYLOAD_TOO_LARGE') };
  }
  const correlationId = of('ce_correlationid') ?? of(PLATFORM_EVENT_HEADER.correlationId) ?? '';
  const traceparent = of('traceparent') ?? of('ce_traceparent') ?? '';
  const event = {
    input: text,
    headers,
    depth,
    correlationId: CORRELATION_ID.test(correlationId) ? correlationId : null,
    traceparent: TRACEPARENT.test(traceparent) ? traceparent : null,
  };
  return { kind: 'event', event };
}

const unusable = (code: 'INVALID_INPUT' | 'PAYLOAD_TOO_LARGE', message: string): ReadRecord => ({
  kind: 'unusable',
  problem: problem(code, { message }),
});

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** @throws MalformedEvent */
function structuredEvent(value: Buffer): { attributes: Record<string, string>; data: Buffer } {
  const read = readJson(value, 'text');
  if (!read.ok) throw new MalformedEvent(`The record is to be a CloudEvent in JSON, but ${read.reason}`);
  const envelope = read.value;
  if (!isJsonObject(envelope) || typeof envelope['specversion'] !== 'string') {
    throw new MalformedEvent('The record is no CloudEvent in JSON, which its content type says it is.');
  }
  const { data, data_base64: base64, ...attributes } = envelope;
  const hasBytes = base64 !== undefined && base64 !== null;
  if (hasBytes && data !== undefined && data !== null) {
    throw new MalformedEvent('The CloudEvent has both data and data_base64; only one of them may be given.');
  }
  const texts = Object.entries(attributes).flatMap(([name, attribute]) =>
    attribute === null || typeof attribute === 'object' ? [] : [[`ce_${name.toLowerCase()}`, `${attribute}`] as const],
  );
  return {
    attributes: Object.fromEntries(texts),
    data: hasBytes ? decodedBase64(base64) : bytesOf(data),
  };
}

/** @throws MalformedEvent: Node's own decoder skips whatever it cannot read */
function decodedBase64(text: Json): Buffer {
  if (typeof text === 'string') {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') === text) return bytes;
  }
  throw new MalformedEvent('data_base64 of the CloudEvent is not Base64 with padding (RFC 4648, 4).');
}

const bytesOf = (data: Json | undefined): Buffer => Buffer.from(data === undefined ? '' : JSON.stringify(data));
