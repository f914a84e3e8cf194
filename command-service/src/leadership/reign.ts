import { startDeciding, type Deciding } from './deciding.js';
import type { DeciderPorts } from './decider-ports.js';
import { Stopped } from './decider-fatal.js';
import { mark } from './mark.js';
import { recover, type Recovered } from './recover.js';

/** One reign over a partition: recovery, marker, decisions, end. */
export type Reign = {
  /** Ends after `finish`; otherwise throws what ended it (`Stopped` after `stop`). */
  readonly run: () => Promise<void>;
  /** At once: connections are cut, what is under way may or may not arrive. */
  readonly stop: () => void;
  /** Decides nothing more, waits for what is under way, writes a last snapshot. */
  readonly finish: () => void;
  /** The group's coordinator acknowledged that we are a member. */
  readonly onHeartbeat: () => void;
  readonly writeSnapshot: () => Promise<void>;
  readonly isDeciding: () => boolean;
  /** Offset of the first command without an outcome in the log, for lag tools; undefined: not known yet. */
  readonly nextCommandOffset: () => number | undefined;
};

export function makeReign(ports: DeciderPorts, partition: number): Reign {
  let recovered: Recovered | undefined;
  let deciding: Deciding | undefined;
  let stopped = false;
  let cutWriter: (() => void) | undefined;

  const cut = (): void => {
    deciding?.stop();
    cutWriter?.();
    recovered?.reader.close();
  };
  const run = async (): Promise<void> => {
    const startedAt = performance.now();
    recovered = await recover(ports, partition, () => stopped);
    if (stopped) throw new Stopped();
    const recoveredAt = performance.now();
    const marked = await mark(ports, partition, recovered);
    cutWriter = marked.producer.close;
    if (stopped) throw new Stopped();
    ports.metrics.reign('begun');
    const { fold, snapshotBase } = recovered;
    ports.logger.info(
      {
        partition,
        epoch: marked.epoch,
        owner: marked.owner,
        offset: fold.position.offset,
        snapshotBase,
        recoveryMs: Math.round(recoveredAt - startedAt),
        markMs: Math.round(performance.now() - recoveredAt),
      },
      'deciding',
    );
    deciding = startDeciding(ports, partition, recovered, marked);
    await deciding.run();
  };
  return {
    run: async () => {
      try {
        await run();
      } finally {
        cut();
        deciding = undefined;
      }
    },
    stop: () => {
      stopped = true;
      cut();
    },
    finish: () => {
      if (deciding === undefined) stopped = true;
      else deciding.finish();
    },
    onHeartbeat: () => deciding?.checkEnd(),
    writeSnapshot: async () => deciding?.writeSnapshot(),
    isDeciding: () => deciding !== undefined,
    nextCommandOffset: () => (deciding === undefined ? undefined : (recovered?.fold.lastCommandOffset ?? -1) + 1),
  };
}
