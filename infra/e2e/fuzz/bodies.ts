import type { Operation } from '@flowplane/contracts';
import fc from 'fast-check';
import { approvalsFlow } from '../driver/approvals.js';
import { chainFlow, exampleFlow, failingFlow, waitFlow } from '../driver/definitions.js';
import { webhookFlow } from '../driver/webhooks.js';
import { broken, hostileJson, writeJson } from './hostile-json.js';
import { hostileYaml } from './hostile-yaml.js';
import { valuesOf } from './schema-values.js';

export type Body = { readonly bytes: Buffer; readonly contentType: string };

const JSON_TYPE = 'application/json';
/** Nobody listens there, and it is not allowed. */
const NOWHERE = 'http://127.0.0.1:9';

const cronFlow = (...schedules: readonly string[]): object => ({
  ...waitFlow('PT0S'),
  triggers: schedules.map((schedule) => ({ kind: 'cron', schedule })),
});
const subFlow = (flowId: string): object => ({
  apiVersion: 'v1.0',
  name: 'outer',
  nodes: [{ id: 'a', type: 'sub-flow', flowId, flowVersion: '1', input: { a: '${{ inputs.a }}' } }],
});

/** Definitions that can be published and started, so that something is there for the requests about versions and runs. */
const GOOD: readonly object[] = [
  ...[
    waitFlow('PT0S'),
    waitFlow('PT1H'),
    approvalsFlow([{ id: 'review' }]),
    failingFlow(),
    exampleFlow(NOWHERE),
    chainFlow(NOWHERE, 3),
  ],
  ...[webhookFlow({ path: 'default' }), webhookFlow({ filter: 'body.a > 1', dedupeKey: 'body.id' })],
  ...[cronFlow('0 9 1 1 *'), cronFlow('CRON_TZ=Europe/Berlin 0 0 30 2 *', '0 0 29 2 *'), subFlow('f0'), subFlow('f1')],
];

const breaks = (largeEvery: number) => fc.record({ at: fc.nat(1_000_000), instead: hostileJson(largeEvery) });

/** A value as it is meant, or with one or two places of it replaced. */
const brokenOnce = (values: fc.Arbitrary<unknown>, largeEvery: number): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      values,
      fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 3, arbitrary: fc.array(breaks(largeEvery), { minLength: 1, maxLength: 2 }) },
      ),
    )
    .map(([value, places]) => places.reduce(broken, value));

/** Bodies for an operation, with their content types; undefined: none is sent. */
export function bodiesOf({ name, schema }: Operation, largeEvery: number): fc.Arbitrary<Body | undefined> {
  const json = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Body> => values.map((value) => jsonBody(writeJson(value)));
  const anything = json(hostileJson(largeEvery));
  const none = fc.constant(undefined);
  if (schema.body === undefined) return fc.oneof({ weight: 8, arbitrary: none }, { weight: 1, arbitrary: anything });
  const meant = valuesOf(schema.body);
  const kinds: fc.WeightedArbitrary<Body | undefined>[] = [
    { weight: 6, arbitrary: json(brokenOnce(meant, largeEvery)) },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: damaged(json(meant)) },
    { weight: schema.bodyRequired === false ? 3 : 1, arbitrary: none },
  ];
  if (name === 'createFlow' || name === 'updateFlow' || name === 'validateDocument')
    kinds.push(...draftsOf(largeEvery));
  if (name === 'startExecution')
    kinds.push({ weight: 4, arbitrary: json(brokenOnce(fc.constant({ input: { a: 1, amount: 3 } }), largeEvery)) });
  return fc.oneof(...kinds);
}

function draftsOf(largeEvery: number): fc.WeightedArbitrary<Body>[] {
  const flowId = fc.constantFrom('f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7');
  const members = (definition: fc.Arbitrary<unknown>, member: string): fc.Arbitrary<unknown> =>
    fc.tuple(flowId, definition).map(([id, of]) => ({ name: id, flowId: id, [member]: of }));
  const good = fc.constantFrom(...GOOD);
  /** Where the schema lets anything stand, so that what is large or deep gets as far as it can. */
  const carried = fc
    .tuple(good, hostileJson(Math.max(2, Math.floor(largeEvery / 2))))
    .map(([definition, value]) => ({ ...definition, canvasMetadata: { a: value } }));
  const json = (values: fc.Arbitrary<unknown>) => values.map((value) => jsonBody(writeJson(value)));
  return [
    { weight: 14, arbitrary: json(members(good, 'definition')) },
    { weight: 4, arbitrary: json(members(brokenOnce(good, largeEvery), 'definition')) },
    { weight: 3, arbitrary: json(members(carried, 'definition')) },
    { weight: 4, arbitrary: json(members(hostileYaml(largeEvery), 'definitionYaml')) },
    {
      weight: 2,
      arbitrary: hostileYaml(largeEvery).map((yaml) => ({ bytes: Buffer.from(yaml), contentType: 'application/yaml' })),
    },
  ];
}

const jsonBody = (text: string): Body => ({ bytes: Buffer.from(text), contentType: JSON_TYPE });

/** Bytes that were a body once. */
const damaged = (bodies: fc.Arbitrary<Body>): fc.Arbitrary<Body> =>
  fc
    .tuple(
      bodies,
      fc.constantFrom<(bytes: Buffer) => Buffer>(
        (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
        (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]),
        (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
        (bytes) => Buffer.concat([bytes, bytes]),
        (bytes) => Buffer.from(bytes.map((byte) => (byte === 0x61 ? 0xff : byte))),
        (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
        (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([0xc3])]),
        () => Buffer.alloc(0),
        () => Buffer.alloc(1000),
      ),
    )
    .map(([{ bytes, contentType }, damage]) => ({ bytes: damage(bytes), contentType }));
