import { setTimeout as sleep } from 'node:timers/promises';
import { asKafkaFault } from './faults.js';

const PAUSE_MS = 50;

/**
 * Repeats what fails with a retryable fault.
 *
 * @param boundMs after which the last fault is thrown
 * @throws KafkaFault
 */
export async function retryFor<T>(boundMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const fault = asKafkaFault(error, 'request');
      if (!fault.retryable || performance.now() + PAUSE_MS > deadline) throw fault;
    }
    await sleep(PAUSE_MS);
  }
}
