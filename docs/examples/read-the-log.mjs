// node docs/examples/read-the-log.mjs <executionId> [brokers] [topic]
import { readdirSync, readFileSync } from 'node:fs';
import avro from 'avsc';
import { Kafka, logLevel } from 'kafkajs';

const [executionId, brokers = '127.0.0.1:9092', topic = 'flows.events.v1'] = process.argv.slice(2);
const folder = new URL('../../contracts/schemas/event/', import.meta.url); // one file per schema: Name.fingerprint.avsc
const typeOf = (file) => avro.Type.forSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
const types = new Map(readdirSync(folder).map((file) => [file.split('.')[1], typeOf(file)]));
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });
const admin = kafka.admin();
await admin.connect();
const filled = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
const ends = new Map(filled.map(({ partition, high }) => [partition, Number(high)]));
const consumer = kafka.consumer({ groupId: `read-the-log-${Date.now()}` });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const eachMessage = async ({ partition, message: { offset, value } }) => {
  const type = types.get(value.readBigUInt64LE(2).toString(16).padStart(16, '0')); // C3 01, fingerprint, body
  const { meta, ...event } = type?.fromBuffer(value.subarray(10)) ?? {};
  const line = () => [new Date(meta.occurredAt).toISOString(), type.name.split('.').pop(), 'by', meta.actorId];
  if (event.executionId === executionId) console.log(...line(), event.status ?? '', meta.correlationId);
  if (Number(offset) + 1 >= ends.get(partition)) ends.delete(partition);
  if (ends.size === 0) process.exit();
};
await consumer.run({ eachMessage });
