import { expect, it } from 'vitest';
import { causeFields, formatTraceparent, inSpan, openSpan, parseTraceparent, startTracing } from './index.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;

it.each([
  [PARENT, 1],
  [`00-${TRACE}-${SPAN}-00`, 0],
  // Flags and members that are not known yet are dropped.
  [`00-${TRACE}-${SPAN}-ff`, 1],
  [`cc-${TRACE}-${SPAN}-01-what-comes-later`, 1],
])('%s is read', (text, traceFlags) => {
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
});

it.each([
  ...['', 'x', `${PARENT} `, `${PARENT}-more`, `ff-${TRACE}-${SPAN}-01`, PARENT.toUpperCase()],
  ...[`00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, `00-${TRACE}-${SPAN}`],
  `cc-${TRACE}-${SPAN}-01-${'x'.repeat(600)}`,
])('%s is no traceparent', (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
  expect(openSpan({ name: 'x', kind: 'server', parent: text }).traceparent).toBeNull();
});

it('is written as version 00, and not at all for a span that is none', () => {
  const context = parseTraceparent(`cc-${TRACE}-${SPAN}-ff-x`);
  expect(context && formatTraceparent(context)).toBe(PARENT);
  expect(formatTraceparent({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 })).toBeNull();
});

it('without an exporter a span is its parent over again', async () => {
  const span = openSpan({ name: 'x', kind: 'internal', parent: PARENT, attributes: { a: 1 }, startedAt: 1 });
  expect([span.traceparent, span.isExported]).toEqual([PARENT, false]);
  span.link([PARENT, null, 'x']);
  span.end(new Error('failed'));
  await expect(inSpan({ name: 'x', kind: 'consumer', parent: null }, async () => 7)).resolves.toBe(7);
  const fails = inSpan({ name: 'x', kind: 'consumer', parent: PARENT }, () => Promise.reject(new Error('why')));
  await expect(fails).rejects.toThrow('why');
});

it('log lines name correlation id and trace, where there is one', () => {
  expect(causeFields({ correlationId: 'c', traceparent: PARENT })).toEqual({ correlationId: 'c', traceId: TRACE });
  expect(causeFields({ correlationId: 'c', traceparent: null })).toEqual({ correlationId: 'c' });
});

it.each([
  {},
  { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' },
])('nothing is exported unless asked for: %j', async (env: Readonly<Record<string, string>>) => {
  const tracing = await startTracing('spec', env, { warn: () => undefined });
  expect(openSpan({ name: 'x', kind: 'server', parent: null }).isExported).toBe(false);
  await tracing.close();
});

it('a protocol that is not spoken is refused, and says which are', async () => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  await expect(startTracing('spec', env, { warn: () => undefined })).rejects.toThrow(
    'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json, not grpc',
  );
});
