import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { WrittenNode } from '../../test/templates.js';
import { connectorNode, countedIds, passed, templateOf } from '../../test/templates.js';
import type { NewSecret } from './credentials.js';
import {
  parameterSecretIds,
  putCredentialsBack,
  putParametersBack,
  nodeSecretIds,
  takeCredentials,
  takeSecretParameters,
  templateSecretIds,
} from './credentials.js';
import { provisionWorkflow } from './document.js';
import { readTemplate } from './read-template.js';

const known = (secrets: readonly NewSecret[]) => new Map(secrets.map(({ id, text }) => [id, text]));
const take = (...nodes: WrittenNode[]) => takeCredentials(templateOf(nodes), countedIds());
const inputsOf = (taken: ReturnType<typeof take>, index = 0) =>
  provisionWorkflow(taken.template)?.nodes[index]?.userInputs;

test('every credential becomes a pointer to one secret, and comes back', () => {
  const node = connectorNode('c', { key: 'K', inner: { a: 'b' } }, { parameters: { credential: 'P', x: 1 } });
  const taken = take(node, { id: 'n' });
  expect(inputsOf(taken)).toMatchObject({
    credential: { $secret: 's2' },
    parameters: { credential: { $secret: 's1' }, x: '1' },
  });
  expect(taken.secrets).toEqual([
    { id: 's1', text: '"P"' },
    { id: 's2', text: '{"key":"K","inner":{"a":"b"}}' },
  ]);
  expect(templateSecretIds(taken.template)).toEqual(['s1', 's2']);
  const [first] = provisionWorkflow(taken.template)!.nodes;
  expect(nodeSecretIds(first!, {}, {})).toEqual(['s1', 's2']);
  expect(putCredentialsBack(first!, known(taken.secrets))).toEqual(provisionWorkflow(templateOf([node]))?.nodes[0]);
});

test.each(['credential', '\\u0063redential'])('a %s in the text of a structure is found as well', (name) => {
  const llm = `{"${name}":{"key":"K"},"n":1}`;
  const taken = take({ id: 'a', type: 'register_agent', user_inputs: { llm } });
  expect(inputsOf(taken)).toEqual({ llm: { credential: { $secret: 's1' }, n: 1 } });
});

describe('what a client sends cannot pass for a pointer', () => {
  test.each<[string, object]>([
    ['in a credential', { $secret: 'theirs' }],
    ['below one', { key: { $secret: 'theirs' } }],
  ])('%s', (_, credential) => {
    const taken = take(connectorNode('c', credential));
    expect(inputsOf(taken)?.['credential']).toEqual({ $secret: 's1' });
    expect(templateSecretIds(taken.template)).toEqual(['s1']);
    const [first] = provisionWorkflow(taken.template)!.nodes;
    expect(putCredentialsBack(first!, known(taken.secrets)).userInputs['credential']).toEqual(credential);
  });

  test('outside of a credential', () => {
    const node = connectorNode('c', { key: 'K' }, { parameters: { $secret: 's1', p: { $secret: 's1' } } });
    const taken = take(node);
    const [first] = provisionWorkflow(taken.template)!.nodes;
    expect(putCredentialsBack(first!, known(taken.secrets)).userInputs['parameters']).toEqual({
      $secret: 's1',
      p: { $secret: 's1' },
    });
  });
});

test('a secret that was not read is a bug, not an empty credential', () => {
  const [first] = provisionWorkflow(take(connectorNode('c', { key: 'K' })).template)!.nodes;
  expect(() => putCredentialsBack(first!, new Map())).toThrow('secret s1 was not read');
});

describe('parameters', () => {
  const { template, secrets } = take(
    connectorNode('c', { key: '${{ api.key }}', other: 'x-${{b}}' }, { url: '${{ host }}' }),
  );
  const parameters = { 'api.key': 'SECRET', b: 'SECRET TOO', host: 'example.com', unused: 'u' };

  test('that end in a credential are pointers', () => {
    const taken = takeSecretParameters(template, known(secrets), parameters, countedIds());
    expect(taken.parameters).toEqual({
      'api.key': { $secret: 's1' },
      b: { $secret: 's2' },
      host: 'example.com',
      unused: 'u',
    });
    expect(taken.secrets).toEqual([
      { id: 's1', text: 'SECRET' },
      { id: 's2', text: 'SECRET TOO' },
    ]);
    expect(parameterSecretIds(taken.parameters)).toEqual(['s1', 's2']);
    expect(putParametersBack(taken.parameters, known(taken.secrets))).toEqual(parameters);
  });

  test('are read for a node that may have them put in, and for no other', () => {
    const kept = takeSecretParameters(template, known(secrets), parameters, countedIds()).parameters;
    const idsOf = (inputs: object, userParams = {}) => nodeSecretIds({ userInputs: inputs as never }, userParams, kept);
    expect(idsOf({ a: '${{ host }}', b: ['x'] })).toEqual([]);
    expect(idsOf({ a: [{ b: 'x ${{api.key}}' }] })).toEqual(['s1']);
    expect(idsOf({ configurations: { '${{ b }}': 1 } })).toEqual(['s2']);
    expect(idsOf({}, { b: '${{ b }}' })).toEqual(['s2']);
    // What is put into a credential only its clear text tells.
    expect(idsOf({ credential: { $secret: 'c1' } })).toEqual(['c1', 's1', 's2']);
    expect(putParametersBack(kept, new Map([['s1', 'SECRET']]))).toEqual({
      ...{ 'api.key': 'SECRET', host: 'example.com', unused: 'u' },
    });
  });
});

test('no text of a credential is left, whatever the inputs, and all come back', () => {
  const leaf = fc.constantFrom<unknown>('SECRET-TEXT', 7_777_777);
  const value = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>('a', 1, true),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '$secret', '__proto__'), tie('node'), { maxKeys: 3 }),
      fc.record({ credential: fc.oneof(leaf, fc.record({ key: leaf }), fc.array(leaf)), a: tie('node') }),
    ),
  })).node;
  fc.assert(
    fc.property(value, value, (configurations, parameters) => {
      const inputs = { configurations: { inner: configurations }, parameters: { inner: parameters } };
      const document = JSON.parse(
        JSON.stringify({
          name: 'n',
          workflows: { provision: { nodes: [{ id: 'a', type: 'noop', user_inputs: inputs }] } },
        }),
      ) as unknown;
      const template = passed(readTemplate(document));
      const taken = takeCredentials(template, countedIds());
      const text = JSON.stringify(taken.template);
      expect(text).not.toContain('SECRET-TEXT');
      expect(text).not.toContain('7777777');
      const [node] = provisionWorkflow(taken.template)!.nodes;
      expect(JSON.stringify(putCredentialsBack(node!, known(taken.secrets)))).toBe(
        JSON.stringify(provisionWorkflow(template)!.nodes[0]),
      );
    }),
  );
});
