/** Takes one finished line for the person at the terminal (no newline at its end). */
export type Report = (line: string) => void;

const REMINDER_MS = 10_000;

/** `850 ms`, `6.2 s`, `4 min 25 s`. */
export function formatElapsed(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Runs one step and reports its start, its end with the elapsed time, and for long ones a line every ten seconds.
 * `expectedMs` (for steps of more than some seconds) is shown beside the elapsed time. Faults pass through.
 */
export async function step<T>(report: Report, name: string, expectedMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const expected = expectedMs >= 5_000 ? `, about ${formatElapsed(expectedMs)}` : '';
  report(`  … ${name}${expected}`);
  const reminder = setInterval(() => {
    report(`    ${name}: ${formatElapsed(Date.now() - startedAt)}${expected ? ` of${expected.slice(1)}` : ''}`);
  }, REMINDER_MS);
  try {
    const result = await work();
    report(`  ✓ ${name} (${formatElapsed(Date.now() - startedAt)})`);
    return result;
  } catch (thrown) {
    report(`  ✗ ${name} (${formatElapsed(Date.now() - startedAt)})`);
    throw thrown;
  } finally {
    clearInterval(reminder);
  }
}
