import type { Report } from '../progress.js';

const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Resolves with the first signal that asks this process to stop. Later ones (npm passes Ctrl-C on a second time) are
 * answered with a line and change nothing: the stop that is under way has its own deadlines.
 */
export function onStopSignal(report: Report): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAtMs: number | null = null;
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (firstAtMs === null) {
          firstAtMs = Date.now();
          resolve(signal);
        } else if (Date.now() - firstAtMs > 1_000) {
          report('  … still stopping');
        }
      });
    }
  });
}
