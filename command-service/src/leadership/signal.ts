/** Wakes one waiter; a notification without a waiter is kept for the next wait. */
export type Signal = {
  readonly notify: () => void;
  readonly wait: () => Promise<void>;
  /** Forgets a notification that was kept. */
  readonly clear: () => void;
};

export function makeSignal(): Signal {
  let notified = false;
  let wake: (() => void) | undefined;
  return {
    notify: () => {
      notified = true;
      wake?.();
    },
    wait: async () => {
      if (!notified) await new Promise<void>((resolve) => (wake = resolve));
      notified = false;
      wake = undefined;
    },
    clear: () => {
      notified = false;
    },
  };
}
