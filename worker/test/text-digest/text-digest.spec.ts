import {
  apiDocument,
  availabilityOf,
  publishWarnings,
  operations,
  registerTaskType,
  taskTypes,
  validateSemantics,
  type FlowDefinition,
  type JsonObject,
} from '@flowplane/contracts';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDispatch } from '../../src/tasks/dispatch.js';
import { signedTenant, taskErrorOf, TOKEN_SETTINGS } from '../tasks/attempts.js';
import { makeTextDigest } from './text-digest.js';
import { TEXT_DIGEST } from './text-digest-type.js';

// Other files share this process: the type is there only while these tests run.
let unregister: () => void;
beforeAll(() => void (unregister = registerTaskType(TEXT_DIGEST)));
afterAll(() => unregister());

const flowOf = (taskType: string, input: JsonObject): FlowDefinition => ({
  ...{ apiVersion: 'v1.0', name: 'digest', nodes: [{ id: 'digest', type: 'task', taskType, input }] },
});
const codesOf = (definition: FlowDefinition): readonly string[] =>
  validateSemantics(definition, { resolveSubFlow: () => undefined }).map(({ code }) => code);

describe('a type that was registered is picked up', () => {
  it('by the palette, in the shape of its route', () => {
    expect(taskTypes().at(-1)).toBe(TEXT_DIGEST);
    const answer = operations().find(({ name }) => name === 'listTaskTypes')?.answers[200]?.body ?? {};
    const { id, label, category, description, inputSchema, outputSchema, examples } = TEXT_DIGEST;
    const shown = { id, label, category, description, inputSchema, outputSchema, examples, available: true };
    expect(new Ajv({ strict: false }).validate(answer, { items: [shown] })).toBe(true);
    expect(availabilityOf(TEXT_DIGEST, { defaults: new Set(), connections: new Map() })).toEqual({ available: true });
  });

  it('by the checks of definitions', () => {
    expect(codesOf(flowOf('text.digest', { text: 'a' }))).toEqual([]);
    expect(codesOf(flowOf('text.digests', { text: 'a' }))).toEqual(['FLW-E006']);
  });

  it('by the warnings', () => {
    const said = publishWarnings(flowOf('text.digest', { txt: 'a', algorithm: 'md5' }));
    expect(said.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'FLW-W001 /nodes/0/input',
      'FLW-W001 /nodes/0/input/algorithm',
      'FLW-W002 /nodes/0/input/txt',
    ]);
  });

  it('by the API document', () => {
    expect(apiDocument()['x-task-types']).toMatchObject({
      'text.digest': { inputSchema: TEXT_DIGEST.inputSchema, outputSchema: TEXT_DIGEST.outputSchema },
    });
    unregister();
    expect(apiDocument()['x-task-types']).not.toHaveProperty(['text.digest']);
    unregister = registerTaskType(TEXT_DIGEST);
  });

  it('once', () => {
    expect(() => registerTaskType(TEXT_DIGEST)).toThrow(/text\.digest already/);
  });
});

describe('text.digest', () => {
  const dispatch = makeDispatch({
    token: TOKEN_SETTINGS,
    maxIoBytes: 10_000,
    handlers: new Map([['text.digest', makeTextDigest()]]),
    echo: undefined,
  });
  const once = { signal: new AbortController().signal, startToCloseMs: 60_000 };
  const perform = (params: JsonObject) =>
    dispatch({ nodeId: 'n', taskType: 'text.digest', params, tenant: signedTenant('t1', 'w1') }, once);

  it('makes a digest, as its output schema says', async () => {
    const output = await perform({ text: 'abc' });
    expect(output['digest']).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(new Ajv().validate(TEXT_DIGEST.outputSchema, output)).toBe(true);
  });

  it('refuses what does not fit', async () => {
    expect(await taskErrorOf(perform({ text: '' }))).toMatchObject({ code: 'EMPTY_TEXT', retryable: false });
    expect(await taskErrorOf(perform({ text: 'a', algorithm: 'md5' }))).toMatchObject({ code: 'VALIDATION_ERROR' });
  });
});
