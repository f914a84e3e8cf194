/** Tells the person at the terminal what is under way, since when, and how long it is expected to take. */
export type Progress = {
  readonly say: (line: string) => void;
  /** Runs one step with a line at its start and end, and one every ten seconds. Faults pass through. */
  readonly step: <T>(name: string, expectedSeconds: number, work: () => Promise<T>) => Promise<T>;
};

const REMINDER_MS = 10_000;

export function makeProgress(write: (line: string) => void): Progress {
  return {
    say: write,
    step: async (name, expectedSeconds, work) => {
      const startedAt = performance.now();
      const elapsed = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
      const expected = expectedSeconds >= 5 ? ` (about ${expectedSeconds} s)` : '';
      write(`  … ${name}${expected}`);
      const reminder = setInterval(() => write(`    ${name}: ${elapsed()}${expected}`), REMINDER_MS);
      try {
        const result = await work();
        write(`  ✓ ${name} (${elapsed()})`);
        return result;
      } catch (thrown) {
        write(`  ✗ ${name} (${elapsed()})`);
        throw thrown;
      } finally {
        clearInterval(reminder);
      }
    },
  };
}
