import type { Payload } from '@temporalio/common';
import { referenceOf } from '../../shared/codec/index.js';

/** Hashes of the contents that payloads anywhere in a value of the engine stand for. */
export function referencesIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return;
    const hash = 'metadata' in part && 'data' in part ? referenceOf(part as Payload) : undefined;
    if (hash !== undefined) found.add(hash);
    else for (const inner of Object.values(part)) walk(inner);
  };
  walk(value);
  return [...found];
}
