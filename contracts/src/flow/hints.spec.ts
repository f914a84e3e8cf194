import { describe, expect, it } from 'vitest';
import { closest } from './closest.js';
import { hintFor } from './hints.js';
import type { Json } from './json.js';
import { semanticFindings } from './semantic.js';
import { validateStructure } from './structural.js';

const NODE = { id: 'pause', type: 'wait', duration: 'PT1S' };
const flow = (...nodes: readonly object[]): Json => ({ apiVersion: 'v1.0', name: 'x', nodes }) as unknown as Json;

/** The hints of all errors of a document. */
function hintsOf(document: Json): readonly (string | undefined)[] {
  const structure = validateStructure(document);
  if (!structure.ok) return structure.errors.map((error) => hintFor(error, document));
  const options = { resolveSubFlow: () => undefined, echoTasks: false, exprMaxLength: 4096, subFlowMaxDepth: 10 };
  return semanticFindings(structure.definition, options).map((error) => hintFor(error, document));
}

describe('a hint names what was probably meant', () => {
  it.each<[string, Json, string]>([
    ['a member of the document', { ...(flow(NODE) as object), input: {} } as Json, 'inputs'],
    ['a member of a node', flow({ ...NODE, nxt: 'pause' }), 'next'],
    [
      'a member in other letters',
      flow({ id: 'a', type: 'task', taskType: 'http.request', retrypolicy: {} }),
      'retryPolicy',
    ],
    [
      'a member further down',
      flow({ id: 'a', type: 'task', taskType: 'http.request', retryPolicy: { maxAttempt: 1 } }),
      'maxAttempts',
    ],
    ['the type of a node', flow({ id: 'a', type: 'sequense', steps: [] }), 'sequence'],
    ['the kind of a trigger', { ...(flow(NODE) as object), triggers: [{ kind: 'webhok' }] } as Json, 'webhook'],
    ['a node', flow(NODE, { ...NODE, id: 'go', next: 'pauze' }), 'pause'],
    ['a type of tasks', flow({ id: 'a', type: 'task', taskType: 'http.requst', input: {} }), 'http.request'],
  ])('%s', (_what, document, meant) => {
    expect(hintsOf(document)).toContain(`Did you mean ${JSON.stringify(meant)}?`);
  });

  it.each<[string, Json]>([
    ['a member that resembles none', flow({ ...NODE, colour: 'red' })],
    ['a node that resembles none', flow({ ...NODE, next: 'somewhere' })],
    ['a member that is missing', { name: 'x', nodes: [NODE] }],
    ['a node without a known type', flow({ id: 'a', type: 7 })],
    ['members that are no names of ours', flow({ ...NODE, constructor: 1, __proto__: 2, ['x'.repeat(1000)]: 1 })],
    ['no object at all', 'flow'],
  ])('and nothing for %s', (_what, document) => {
    expect(hintsOf(document).filter((hint) => hint !== undefined)).toEqual([]);
  });

  it('takes the nearest', () => {
    expect(closest('stepz', ['stops', 'steps', 'step'])).toBe('steps');
    expect(closest('NEXT', ['text', 'next'])).toBe('next');
    expect(closest('ab', ['xy'])).toBeUndefined();
    expect(closest('', ['a', 'ab'])).toBe('a');
  });
});
