import fc from 'fast-check';
import type { Json, JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { openValues, putOutput, stateOf } from './run-values.js';

describe('the state map', () => {
  it('lets outputs replace inputs of the same name and others replace nothing', () => {
    const values = openValues({ a: 1, b: 2 });
    putOutput(values, 'b', { x: 1 });
    putOutput(values, '__proto__', { y: 1 });
    expect(JSON.stringify(stateOf(values))).toBe('{"a":1,"b":{"x":1},"__proto__":{"y":1}}');
  });

  it('knows its size in bytes', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });
    fc.assert(
      fc.property(object, fc.array(fc.tuple(fc.string(), fc.jsonValue()), { maxLength: 5 }), (inputs, outputs) => {
        const values = openValues(inputs as JsonObject);
        const seen = new Set<string>();
        for (const [nodeId, output] of outputs) {
          // A node completes once.
          if (seen.has(nodeId)) continue;
          seen.add(nodeId);
          const bytes = putOutput(values, nodeId, output as Json);
          expect(bytes).toBe(Buffer.byteLength(JSON.stringify(stateOf(values))));
        }
      }),
    );
  });
});
