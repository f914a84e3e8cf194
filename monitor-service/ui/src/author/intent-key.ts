import { FlowplaneError } from '@flowplane/contracts/client';
import { newKey } from '../api/new-key.js';

/**
 * Idempotency-Keys of what somebody wants: as long as they want the same, it is asked for under the same key, so that
 * another try after an answer that was lost does nothing twice.
 */
export class IntentKeys {
  #last = { intent: '', key: '' };

  keyOf(intent: string): string {
    if (this.#last.key === '' || this.#last.intent !== intent) this.#last = { intent, key: newKey() };
    return this.#last.key;
  }

  /** What was wanted is done, or refused: to want it again is something new. */
  forget(): void {
    this.#last = { intent: '', key: '' };
  }
}

/** Whether it is certain that a command has done nothing; after a lost answer it may have, or may still. */
export const isRefused = (cause: unknown): boolean => cause instanceof FlowplaneError && cause.status < 500;
