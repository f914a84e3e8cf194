import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cacheFolder, ensureKafkaTools, SHORT_LIVED_JVM } from '@flowplane/stack';

/** A record as the tool reads it from a line: `name:value,name:value<TAB>value`. */
export type ProducedRecord = { readonly headers?: Readonly<Record<string, string>>; readonly value: string };

/** The Java console producer that comes with Kafka: a producer that shares no line with ours. */
export type ConsoleProducer = {
  /** Hands records on; they are sent when the tool is pleased to. */
  readonly write: (records: readonly ProducedRecord[]) => Promise<void>;
  /** Resolves when the brokers have acknowledged all. @throws Error with what the tool said */
  readonly close: () => Promise<void>;
};

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** By default the tool gives up after a minute, or three requests of 1.5 s: a killed broker may be away for longer. */
const PATIENT = [
  ...['--max-block-ms', '300000', '--request-timeout-ms', '30000', '--message-send-max-retries', '1000000'],
  ...['--producer-property', 'delivery.timeout.ms=300000'],
];

export async function startConsoleProducer(
  brokers: string,
  topic: string,
  compression: Compression = 'none',
): Promise<ConsoleProducer> {
  const jars = await ensureKafkaTools(cacheFolder(process.env), () => undefined);
  const tool = spawn('java', [
    ...[...SHORT_LIVED_JVM, '-cp', join(jars, '*'), 'org.apache.kafka.tools.ConsoleProducer'],
    ...['--bootstrap-server', brokers, '--topic', topic, '--compression-codec', compression],
    ...['--request-required-acks', 'all', '--property', 'parse.headers=true'],
    ...['--producer-property', `max.request.size=${MAX_REQUEST_BYTES}`],
    ...PATIENT,
  ]);
  let said = '';
  for (const stream of [tool.stdout, tool.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(tool, 'exit');
  return {
    write: async (records) => {
      const lines = records.map(({ headers = {}, value }) => `${headersText(headers)}\t${value}\n`);
      if (!tool.stdin.write(lines.join(''))) await Promise.race([once(tool.stdin, 'drain'), ended]);
    },
    close: async () => {
      tool.stdin.end();
      const [code] = (await ended) as [number | null];
      if (code !== 0 || said.includes('ERROR')) throw new Error(`the console producer ended with ${code}: ${said}`);
    },
  };
}

/** The tool wants at least one. */
function headersText(headers: Readonly<Record<string, string>>): string {
  const named = Object.entries({ 'x-producer': 'console', ...headers });
  return named.map(([name, value]) => `${name}:${value}`).join(',');
}

/** Sends records and waits until the topic has them. */
export async function produce(
  brokers: string,
  topic: string,
  records: readonly ProducedRecord[],
  compression?: Compression,
): Promise<void> {
  const producer = await startConsoleProducer(brokers, topic, compression);
  await producer.write(records);
  await producer.close();
}
