import { FlowplaneError } from '@flowplane/contracts/client';
import { useState } from 'react';
import { Refused } from './decided.js';
import { newKey } from './new-key.js';

/**
 * Does something under an idempotency key: the same key for another try of the same thing while nobody knows what came of
 * the first one, so that it takes effect once; another key when it is meant anew.
 *
 * @param what equal texts are the same thing
 */
export type Intents = <Result>(what: string, send: (idempotencyKey: string) => Promise<Result>) => Promise<Result>;

export function makeIntents(): Intents {
  const keys = new Map<string, string>();
  return async (what, send) => {
    const key = keys.get(what) ?? newKey();
    keys.set(what, key);
    try {
      const result = await send(key);
      keys.delete(what);
      return result;
    } catch (cause) {
      if (isRefusal(cause)) keys.delete(what);
      throw cause;
    }
  };
}

/** Whether nothing was done. That a command cannot be looked at says nothing about what came of it. */
export const isRefusal = (cause: unknown): boolean =>
  cause instanceof Refused ||
  (cause instanceof FlowplaneError && cause.status < 500 && cause.operation !== 'getCommand');

/** The intents of a part of a page, as long as it is shown. */
export function useIntents(): Intents {
  return useState(makeIntents)[0];
}
