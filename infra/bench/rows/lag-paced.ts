import { atRate } from '../load/in-parallel.js';
import { openLog } from '../load/log-access.js';
import type { RecordedLog } from '../load/recorded-log.js';
import { idleShare, readMachineTime } from '../measure/machine-idle.js';
import type { CpuReading } from '../measure/process-cpu.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import { caughtUp, withCores, withMeter } from './lag-measuring.js';
import type { RowContext } from './row.js';

export type Paced = {
  readonly rate: number;
  readonly lag: Distribution;
  readonly cores: CpuReading;
  /** Share of the machine that nothing used meanwhile, 0 to 1. */
  readonly idle: number;
};

/** Replays the log at a fixed rate straight into the events topic, with nothing but the projection beside it. */
export async function measurePaced(context: RowContext, recorded: RecordedLog, rate: number): Promise<Paced> {
  const { system, progress } = context;
  const services = await system.startServices({ only: ['projection-service'] });
  const log = await openLog(services.env);
  try {
    await log.ensure();
    const producer = log.producer('events');
    return await withMeter(services, log, async (meter) => {
      const { records } = recorded;
      // Markers and flows come first and all at once; they are not measured.
      const head = Math.min(records.length, 3 * recorded.partitions);
      await Promise.all(records.slice(0, head).map((record) => producer.append(record)));
      await caughtUp(meter, log);
      meter.take();
      const durationMs = Math.min(((records.length - head) / rate) * 1000, context.isQuick ? 1000 : 20_000);
      const before = readMachineTime();
      const { cores } = await progress.step(`${Math.round(rate)} events/s`, durationMs / 1000, () =>
        withCores(system, services, ['projection-service'], () =>
          atRate(rate, durationMs, (count, first) => [
            producer.appendAll(records.slice(head + first, head + first + count)),
          ]),
        ),
      );
      const idle = idleShare(before, readMachineTime());
      await caughtUp(meter, log);
      return { idle, rate, lag: distributionOf(meter.take()), cores };
    });
  } finally {
    await log.close();
    await services.close();
  }
}
