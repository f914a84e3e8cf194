import { constants, getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { makeRest } from './rest.js';
import { CLOSE, MAX_DRIVER_HEAP_MIB, type DatabaseAnswer } from '../database-call.js';

/**
 * A process for the driver of one tenant's database: it gets calls as lines on its standard input, and answers each with a
 * line. The driver runs in a thread, so that whatever it does, this thread notices when the worker is gone, and when the
 * process holds more memory than it may. It ends itself in no other way than by a signal that nothing can hold up.
 *
 * Arguments: the engine; most bytes of memory.
 */
const [, , engine = '', maxBytes = ''] = process.argv;

/** Time between two looks at the memory, ms. */
const LOOK_MS = 50;
/** A driver that computes for longer than this while nobody asks it does so for its server alone, ms. */
const MAX_IDLE_CPU_MS = 2000;
/** How long a driver has to say goodbye to its server, ms. */
const GOODBYE_MS = 1000;
/** Computing for one tenant's server must not keep the worker waiting. */
const NICER_BY = 5;

const end = (): void => void process.kill(process.pid, 'SIGKILL');
const say = (text: string, then?: () => void): void => void process.stdout.write(`${text}\n`, then);
process.stdout.on('error', end); // nobody listens any more

// They are for the worker, whose attempts go on until they are done or given up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
setPriority(Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW));

const driver = new Worker(new URL('./driver-thread.js', import.meta.url), {
  workerData: { engine },
  resourceLimits: { maxOldGenerationSizeMb: MAX_DRIVER_HEAP_MIB },
  // Only answers are for the worker.
  stdout: true,
});
driver.stdout.resume();
const rest = makeRest(MAX_IDLE_CPU_MS, () => process.cpuUsage());
driver.on('message', (text: string) => {
  rest.begin();
  say(text);
});
driver.on('error', end);
driver.on('exit', end);

let line: Buffer[] = [];
process.stdin.on('data', (chunk: Buffer) => {
  line.push(chunk);
  if (chunk.at(-1) !== 0x0a) return;
  rest.end();
  driver.postMessage(Buffer.concat(line).toString('utf8'));
  line = [];
});
process.stdin.on('end', () => {
  driver.postMessage(CLOSE);
  setTimeout(end, GOODBYE_MS);
});
process.stdin.on('error', end);

setInterval(() => {
  if (rest.isBroken()) end();
  if (process.memoryUsage.rss() <= Number(maxBytes)) return;
  const answer: DatabaseAnswer = {
    ...{ ok: false, code: 'UPSTREAM_UNAVAILABLE', retryable: true },
    message: 'The database of the connection sent more than the process of its driver may hold; it was ended.',
  };
  say(JSON.stringify(answer), end);
}, LOOK_MS);
