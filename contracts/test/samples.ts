import {
  encodeCommand,
  encodeEpochStarted,
  encodeEvent,
  encodeFrame,
  publishedSchemas,
  type LogMessage,
  type RecordSchema,
} from '@flowplane/contracts';

type Shape = RecordSchema | { readonly type: 'array'; readonly items: unknown } | readonly unknown[] | string;

/**
 * One message of a type with every optional member present, derived from its schema: the fixtures that later releases
 * must still decode.
 */
export function sampleOf(kind: LogMessage['kind'], name: string): LogMessage {
  const published = publishedSchemas().find((one) => one.kind === kind && one.name === name && !one.retired);
  if (published === undefined) throw new TypeError(`no schema ${kind}/${name}`);
  const body = recordSample(published.schema);
  if (kind === 'epoch') return { kind, marker: body } as unknown as LogMessage;
  if (kind === 'frame') return { kind, frame: { type: name, data: body } } as unknown as LogMessage;
  const { meta, ...data } = body;
  return { kind, [kind]: { type: name, meta, data } } as unknown as LogMessage;
}

/** The bytes of a message as they stand in a record's value. */
export function encodeSample(message: LogMessage): Buffer {
  switch (message.kind) {
    case 'command':
      return encodeCommand(message.command);
    case 'event':
      return encodeEvent(message.event);
    case 'epoch':
      return encodeEpochStarted(message.marker);
    case 'frame':
      return encodeFrame(message.frame);
  }
}

function recordSample(schema: RecordSchema): Record<string, unknown> {
  return Object.fromEntries(schema.fields.map((field) => [field.name, sampleValue(field.name, field.type as Shape)]));
}

function sampleValue(name: string, shape: Shape): unknown {
  if (Array.isArray(shape)) return sampleValue(name, shape[1] as Shape);
  if (shape === 'string') return `sample ${name}`;
  if (shape === 'int') return 7;
  if (shape === 'long') return 1_700_000_000_000;
  if (shape === 'boolean') return true;
  if (typeof shape === 'object' && 'items' in shape) return [sampleValue(name, shape.items as Shape)];
  return recordSample(shape as RecordSchema);
}
