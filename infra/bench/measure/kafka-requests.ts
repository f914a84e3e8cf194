import { fileURLToPath } from 'node:url';
import { runTool, SHORT_LIVED_JVM } from '@flowplane/stack';

/** Requests that a broker has served, by name: `Produce`, `Fetch`, and others. */
export type KafkaRequests = Readonly<Record<string, number>>;

/** The broker counts each fetch once more, by who fetches. */
const COUNTED_TWICE = ['FetchConsumer', 'FetchFollower'];

// Beside the sources: the same for a compiled file, which lies in `dist`.
const PROGRAM = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/') ? '../../measure/KafkaRequests.java' : './KafkaRequests.java',
    import.meta.url,
  ),
);

/** Asks a broker on this machine, of our own user; about two seconds of CPU, so not while something is measured. */
export async function readKafkaRequests(brokerPid: number): Promise<KafkaRequests> {
  return parseKafkaRequests(await runTool({ command: 'java', args: [...SHORT_LIVED_JVM, PROGRAM, String(brokerPid)] }));
}

/** @throws Error for what is not an object of counts */
export function parseKafkaRequests(output: string): KafkaRequests {
  const line = output.split('\n').find((one) => one.startsWith('{')) ?? '';
  const counts = Object.entries(JSON.parse(line) as Record<string, unknown>);
  if (counts.length === 0) throw new Error('the broker counts no requests');
  const faulty = counts.find(([, count]) => typeof count !== 'number');
  if (faulty !== undefined) throw new Error(`the count of ${faulty[0]} is no number`);
  return Object.fromEntries(counts.filter(([name]) => !COUNTED_TWICE.includes(name))) as KafkaRequests;
}
