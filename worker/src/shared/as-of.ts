import { BEHIND, readAsOf, type AsOf } from '@flowplane/runtime/read-model';
import { CallAbandoned } from './engine-gate.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';

/** As `readAsOf`, through outages of the store. @throws CallAbandoned on the signal */
export async function asOf<T>(place: AsOf, look: () => Promise<T | typeof BEHIND>, first: 'wait' | 'look'): Promise<T> {
  const found = await readAsOf(place, () => retryWhileUnavailable(look, place.signal), first);
  if (found === BEHIND) throw new CallAbandoned();
  return found;
}
