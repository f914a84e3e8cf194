import avro from 'avsc';
import { UndecodableValue, UnknownSchema, UnwritableMessage } from './codec-faults.js';
import { rabinFingerprint } from './fingerprint.js';
import type { RecordSchema } from './messages/avro.js';
import { COMMAND_SCHEMAS, RETIRED_COMMAND_SCHEMAS, type Command } from './messages/command.js';
import {
  EPOCH_STARTED_SCHEMA,
  EVENT_SCHEMAS,
  RETIRED_EVENT_SCHEMAS,
  type EpochStarted,
  type Event,
} from './messages/event.js';
import { END_NOT_SAID, FRAME_SCHEMAS, NO_LATER_MEMBERS, RETIRED_FRAME_SCHEMAS, type Frame } from './messages/frame.js';
import { partsOf, readLazily, type RecordParts } from './record-parts.js';
import { FIRST_WRITTEN_IN, newestKnownTo, THIS_RELEASE } from './releases.js';

/** What a value on one of our topics decodes to. */
export type LogMessage =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'epoch'; readonly marker: EpochStarted }
  | { readonly kind: 'frame'; readonly frame: Frame };

type Kind = LogMessage['kind'];
type Codec = {
  readonly kind: Kind;
  readonly typeName: string;
  readonly avroType: avro.Type;
  /** Of a retired schema: reads what was written with it as today's type. */
  readonly upcast: { readonly reader: avro.Type; readonly resolver: unknown } | null;
  readonly prefix: Buffer;
  readonly schema: RecordSchema;
};

const PREFIX_BYTES = 10;

function makeCodec(kind: Kind, schema: RecordSchema, today?: Codec): Codec {
  const avroType = avro.Type.forSchema(schema as unknown as avro.Schema, {
    wrapUnions: false,
    omitRecordMethods: true,
  });
  const fingerprint = rabinFingerprint(canonicalForm(avroType));
  const prefix = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint]);
  const reader = today?.avroType;
  const upcast = reader === undefined ? null : { reader, resolver: reader.createResolver(avroType) };
  return { kind, typeName: schema.name, schema, avroType, prefix, upcast };
}

/** Parsing Canonical Form; avsc keeps neither docs nor defaults in `schema()`. */
function canonicalForm(type: avro.Type): string {
  return JSON.stringify(type.schema());
}

const CODECS: readonly Codec[] = [
  ...COMMAND_SCHEMAS.map((schema) => makeCodec('command', schema)),
  ...EVENT_SCHEMAS.map((schema) => makeCodec('event', schema)),
  ...FRAME_SCHEMAS.map((schema) => makeCodec('frame', schema)),
  makeCodec('epoch', EPOCH_STARTED_SCHEMA),
];
const typeOf = ({ kind, typeName }: Pick<Codec, 'kind' | 'typeName'>): string => `${kind}/${typeName}`;
const BY_TYPE = new Map(CODECS.map((codec) => [typeOf(codec), codec]));
const retiredOf = (kind: Kind, schemas: readonly RecordSchema[]): Codec[] =>
  schemas.map((schema) => makeCodec(kind, schema, BY_TYPE.get(typeOf({ kind, typeName: schema.name }))));
const RETIRED: readonly Codec[] = [
  ...retiredOf('event', RETIRED_EVENT_SCHEMAS),
  ...retiredOf('command', RETIRED_COMMAND_SCHEMAS),
  ...retiredOf('frame', RETIRED_FRAME_SCHEMAS),
];
/** Keyed by the fingerprint as two 32-bit halves, which needs no allocation per decoded record. */
const BY_FINGERPRINT = new Map<number, Map<number, Codec>>();
for (const codec of [...CODECS, ...RETIRED]) {
  const low = codec.prefix.readUInt32LE(2);
  const high = codec.prefix.readUInt32LE(6);
  const inner = BY_FINGERPRINT.get(low) ?? new Map<number, Codec>();
  inner.set(high, codec);
  BY_FINGERPRINT.set(low, inner);
}

const fingerprintOf = ({ prefix }: Codec): string => Buffer.from(prefix.subarray(2)).reverse().toString('hex');

/** What each type of messages is written with, by `kind/name`; null: `release` does not have the type. */
function codecsFor(release: string): ReadonlyMap<string, Codec | null> {
  const since = (codec: Codec): string | undefined => FIRST_WRITTEN_IN[`${typeOf(codec)}.${fingerprintOf(codec)}`];
  return new Map(
    [...BY_TYPE].map(([type, today]) => {
      const candidates = [...RETIRED.filter((codec) => typeOf(codec) === type), today];
      return [type, newestKnownTo(release, candidates, since) ?? null] as const;
    }),
  );
}

let written = codecsFor(THIS_RELEASE);

/**
 * Makes this process write what the readers of an earlier release understand (`FLOWS_WRITE_AS`), for as long as they
 * run beside it. Said once, at the start.
 *
 * @param release one of `RELEASES`
 */
export function writeAs(release: string): void {
  written = codecsFor(release);
}

function encode(kind: Kind, typeName: string, value: unknown): Buffer {
  const type = `${kind}/${typeName}`;
  const codec = written.get(type);
  if (codec === undefined) throw new TypeError(`no Avro schema for ${kind} ${typeName}`);
  if (codec === null) throw new UnwritableMessage(`the release to write for has no ${kind} ${typeName}`);
  const encoded = encodeWith(codec, value);
  if (codec.upcast !== null && losesMembers(codec, encoded, value)) {
    throw new UnwritableMessage(`the release to write for would lose members of this ${typeName}`);
  }
  return encoded;
}

/** Whether a message that was written with a retired schema reads as another one than it is. */
function losesMembers(codec: Codec, encoded: Buffer, value: unknown): boolean {
  const today = BY_TYPE.get(typeOf(codec)) as Codec;
  return !encodeWith(today, decodeBody(codec, encoded)).equals(encodeWith(today, value));
}

function encodeWith(codec: Codec, value: unknown): Buffer {
  codec.prefix.copy(scratch);
  let end = codec.avroType.encode(value, scratch, PREFIX_BYTES);
  if (end < 0) {
    // It did not fit: avsc says by how much.
    scratch = Buffer.allocUnsafeSlow(scratch.length - end);
    codec.prefix.copy(scratch);
    end = codec.avroType.encode(value, scratch, PREFIX_BYTES);
    const whole = scratch.subarray(0, end);
    scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return whole;
  }
  return Buffer.from(scratch.subarray(0, end));
}

/** Messages are encoded here and copied out once: they are many and small. */
const SCRATCH_BYTES = 64 * 1024;
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** @throws Error from avsc when the message does not fit its schema (a bug of the caller). */
export function encodeCommand(command: Command): Buffer {
  return encode('command', command.type, { meta: command.meta, ...command.data });
}

/** @throws Error from avsc when the message does not fit its schema (a bug of the caller). */
export function encodeEvent(event: Event): Buffer {
  return encode('event', event.type, { meta: event.meta, ...event.data });
}

/** Whether the readers of the release to write for (`writeAs`) would read the event as it is. */
export const canWriteEvent = (event: Event): boolean => canWrite(`event/${event.type}`, () => encodeEvent(event));

/** As `canWriteEvent`, of a command. */
export const canWriteCommand = (command: Command): boolean =>
  canWrite(`command/${command.type}`, () => encodeCommand(command));

function canWrite(type: string, write: () => Buffer): boolean {
  if (written.get(type)?.upcast === null) return true; // written as today
  try {
    write();
    return true;
  } catch (cause) {
    if (cause instanceof UnwritableMessage) return false;
    throw cause;
  }
}

export function encodeEpochStarted(marker: EpochStarted): Buffer {
  return encode('epoch', 'EpochStarted', marker);
}

/**
 * A frame is a picture, and is written for an earlier release with what that can take in: without the due time of the next
 * attempt, say, or of the end of a run that it is near. One of a sub-flow is not written at all, since its readers would
 * take it for a run.
 *
 * @throws UnwritableMessage for such a frame
 */
export function encodeFrame(frame: Frame): Buffer {
  if (written.get(`frame/${frame.type}`)?.upcast === null) return encode('frame', frame.type, frame.data);
  if (frame.type === 'RunEnding') return encode('frame', frame.type, { ...frame.data, ...END_NOT_SAID });
  if (frame.type !== 'NodeFrame') return encode('frame', frame.type, frame.data);
  if (frame.data.root !== null) throw new UnwritableMessage('the release to write for has no frames of sub-flows');
  return encode('frame', frame.type, { ...frame.data, ...NO_LATER_MEMBERS });
}

/** @throws UnknownSchema when a newer release wrote it, UndecodableValue when it is not one of our messages. */
export function decodeMessage(value: Buffer): LogMessage {
  const codec = codecOf(value);
  return toMessage(codec, decodeBody(codec, value));
}

/**
 * As `decodeMessage`, for readers that look at `data` of few messages: it is decoded when it is first asked for, and that
 * throws `UndecodableValue` where it is none.
 */
export function decodeMessageLazily(value: Buffer): LogMessage {
  const codec = codecOf(value);
  const parts = partsFor(codec);
  if (parts === null) return toMessage(codec, decodeBody(codec, value));
  const guard = <T>(read: () => T): T => orUndecodable(codec, read);
  return asMessage(codec, readLazily(parts, value, PREFIX_BYTES, codec.typeName, guard));
}

/** Made when a type is first read in parts, since making them takes a while; null where it cannot be. */
function partsFor(codec: Codec): RecordParts | null {
  let parts = PARTS.get(codec);
  if (parts === undefined) {
    parts = codec.upcast === null ? partsOf(codec.avroType) : null;
    PARTS.set(codec, parts);
  }
  return parts;
}
const PARTS = new Map<Codec, RecordParts | null>();

function codecOf(value: Buffer): Codec {
  if (value.length < PREFIX_BYTES || value[0] !== 0xc3 || value[1] !== 0x01) {
    throw new UndecodableValue('value does not begin with the single-object marker C3 01');
  }
  const codec = BY_FINGERPRINT.get(value.readUInt32LE(2))?.get(value.readUInt32LE(6));
  if (codec === undefined) {
    throw new UnknownSchema(Buffer.from(value.subarray(2, PREFIX_BYTES)).reverse().toString('hex'));
  }
  return codec;
}

function decodeBody(codec: Codec, value: Buffer): Record<string, unknown> {
  return orUndecodable(codec, () => {
    const { avroType, upcast } = codec;
    const decoded =
      upcast === null
        ? avroType.decode(value, PREFIX_BYTES)
        : upcast.reader.decode(value, PREFIX_BYTES, upcast.resolver as never);
    if (decoded.offset !== value.length) throw new Error(`${value.length - decoded.offset} bytes too many or too few`);
    return decoded.value as Record<string, unknown>;
  });
}

function orUndecodable<T>({ typeName }: Codec, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UndecodableValue(`value is no ${typeName}`, { cause });
  }
}

function toMessage(codec: Codec, body: Record<string, unknown>): LogMessage {
  if (codec.kind === 'epoch') return { kind: 'epoch', marker: body as unknown as EpochStarted };
  if (codec.kind === 'frame') {
    return { kind: 'frame', frame: { type: codec.typeName, data: body } as unknown as Frame };
  }
  const { meta, ...data } = body;
  return asMessage(codec, { type: codec.typeName, meta, data });
}

const asMessage = ({ kind }: Codec, message: unknown): LogMessage =>
  kind === 'command' ? { kind, command: message as Command } : { kind: 'event', event: message as Event };

export type PublishedSchema = {
  /** 16 lower-case hex characters: the CRC-64-AVRO fingerprint as a number, most significant byte first. */
  readonly fingerprint: string;
  readonly kind: Kind;
  readonly name: string;
  readonly schema: RecordSchema;
  /** Read and not written any more. */
  readonly retired: boolean;
};

/** Every schema we write or have written, for `GET /v1/schemas/{fingerprint}` and the compatibility test. */
export function publishedSchemas(): readonly PublishedSchema[] {
  return [...CODECS, ...RETIRED].map((codec) => ({
    retired: codec.upcast !== null,
    fingerprint: fingerprintOf(codec),
    kind: codec.kind,
    name: codec.typeName,
    schema: codec.schema,
  }));
}
