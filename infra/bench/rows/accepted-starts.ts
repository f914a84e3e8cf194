import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../load/in-parallel.js';
import { openStartLoad } from '../load/start-load.js';

export const HTTP_AT_A_TIME = 64;
const REFUSED_PAUSE_MS = 100;

export type Accepted = { readonly seconds: number; readonly refusals: number };

/**
 * Offers starts over HTTP until `count` are accepted; one that is refused as overload is offered again a little later.
 *
 * @param startPath as `publishMeasuredFlow` returned it
 */
export async function acceptStarts(
  { url, tenantId, startPath }: { readonly url: string; readonly tenantId: string; readonly startPath: string },
  count: number,
): Promise<Accepted> {
  let refusals = 0;
  const load = await openStartLoad(url, tenantId, startPath, HTTP_AT_A_TIME);
  const startedAt = performance.now();
  await inParallel(count, HTTP_AT_A_TIME, async () => {
    for (;;) {
      const { code } = await load.offer();
      if (code === 'accepted') return;
      if (code !== 'OVERLOADED') throw new Error(`a start was answered ${code}`);
      refusals++;
      await sleep(REFUSED_PAUSE_MS);
    }
  });
  const seconds = (performance.now() - startedAt) / 1000;
  load.close();
  return { seconds, refusals };
}
