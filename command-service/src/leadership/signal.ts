/** Wakes one waiter; a notification with nobody waiting is kept for the next wait. */
export type Signal = {
  readonly notify: () => void;
  readonly wait: () => Promise<void>;
  /** Forgets a notification nobody has waited for. */
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
