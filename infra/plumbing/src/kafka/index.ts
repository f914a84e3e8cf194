export type * from './types.js';
export { connectKafka, type KafkaClient, type SharedTails } from './client.js';
export { AppendFault, isRefusedRecord, KafkaFault, OffsetOutOfRange, ProducerFenced } from './faults.js';
export { watchBacklog, type BacklogWatch, type BacklogWatchOptions } from './backlog-watch.js';
export { makeDirectReader } from './direct-reader.js';
export { makePartitionFetcher, type FetcherOptions } from './partition-fetcher.js';
export { makeSharedFetcher } from './shared-fetcher.js';
export { makeSharedTails } from './shared-tails.js';
export type { PartitionFetch } from './tail-follower.js';
export { makeBatchProducer, type BatchProducerOptions } from './batch-producer.js';
export { makeFencedProducer, type FencedProducer, type FencedProducerOptions } from './fenced-producer.js';
export type { RecordToWrite } from './record-batch-encode.js';
export { joinGroup, type GroupOptions, type OffsetCommitter } from './group-member.js';
export {
  deleteTopics,
  committedEndOffsets,
  endOffsets,
  ensureTopic,
  ensureTopics,
  existingTopics,
  makeEndReader,
  startOffsets,
  topicId,
  topicLayouts,
  type TopicLayout,
  type TopicSettings,
} from './topics.js';
export { CorruptBatch, type ScannedRecord } from './record-batch-decode.js';
export { makeTopicPublisher, type RecordToPublish, type TopicPublisher } from './topic-publisher.js';
