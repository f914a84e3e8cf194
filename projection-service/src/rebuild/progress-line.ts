/** One line per projection that is rewritten on a terminal, and repeated once a second elsewhere. */
export type ProgressLine = {
  readonly show: (projection: string, done: number, total: number) => void;
  readonly end: () => void;
};

type Output = { readonly isTTY?: boolean; readonly write: (text: string) => unknown };

const INTERVAL_MS = 1000;

export function makeProgressLine(output: Output, now: () => number): ProgressLine {
  const terminal = output.isTTY === true;
  const started = now();
  let shown = 0;
  let current = '';
  let dirty = false;
  return {
    show: (projection, done, total) => {
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
      const seconds = (now() - started) / 1000;
      const text = `${projection} ${done}/${total} (${percent} %), ${seconds.toFixed(1)} s`;
      if (current !== projection || done >= total || now() - shown >= INTERVAL_MS) {
        const isNext = terminal && current !== projection && dirty;
        output.write(terminal ? `${isNext ? '\n' : '\r'}${text}` : `${text}\n`);
        shown = now();
        current = projection;
        dirty = true;
      }
    },
    end: () => {
      if (terminal && dirty) output.write('\n');
    },
  };
}
