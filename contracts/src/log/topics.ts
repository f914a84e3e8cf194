/** A topic of ours as it must exist: name without prefix, and its settings at creation. */
export type TopicSpec = {
  readonly name: string;
  /** Undefined: the operator's default for side topics (1). */
  readonly partitions: 'log' | number;
  readonly config: Readonly<Record<string, string>>;
  /**
   * What a process does at its start when the topic is there with settings that keep less than `config` asks for: it
   * refuses to use a topic that is the truth, and warns about one that can be made again. Default: it does not look.
   */
  readonly otherwise?: 'refuse' | 'warn';
};

const MAX_MESSAGE_BYTES = String(16 * 1024 * 1024);
const DAY_MS = 24 * 60 * 60 * 1000;
/** Of every topic of ours: no record is thrown away for another one, or for a leader that was behind. */
const KEPT = {
  'cleanup.policy': 'delete',
  'unclean.leader.election.enable': 'false',
  'max.message.bytes': MAX_MESSAGE_BYTES,
};

/** Our topics. `log` partition counts are equal and fixed at creation: `FLOWS_PARTITIONS`, default 12. */
export const TOPICS = {
  commands: {
    name: 'flows.commands.v1',
    partitions: 'log',
    config: { ...KEPT, 'retention.ms': String(7 * DAY_MS), 'message.timestamp.type': 'LogAppendTime' },
    otherwise: 'refuse',
  },
  events: {
    name: 'flows.events.v1',
    partitions: 'log',
    config: { ...KEPT, 'retention.ms': '-1', 'retention.bytes': '-1' },
    otherwise: 'refuse',
  },
  runs: {
    name: 'flows.runs.v1',
    partitions: 'log',
    config: { ...KEPT, 'retention.ms': String(7 * DAY_MS) },
    otherwise: 'warn',
  },
  audit: { name: 'flows.audit.v1', partitions: 'log', config: KEPT, otherwise: 'warn' },
  deadLetters: {
    name: 'flows.dlq.v1',
    partitions: 1,
    config: { ...KEPT, 'retention.ms': String(30 * DAY_MS) },
    otherwise: 'warn',
  },
} as const satisfies Record<string, TopicSpec>;

export type TopicName = keyof typeof TOPICS;

/** Full names under a prefix (empty in production; tests give each run its own). */
export function topicNames(prefix: string): Readonly<Record<TopicName, string>> {
  return {
    commands: prefix + TOPICS.commands.name,
    events: prefix + TOPICS.events.name,
    runs: prefix + TOPICS.runs.name,
    audit: prefix + TOPICS.audit.name,
    deadLetters: prefix + TOPICS.deadLetters.name,
  };
}

/**
 * Topic of platform events of one type in one workspace (tasks 3.4), as it is created when it is missing. Retention is
 * the operator's default. Prefixes do not apply: producers outside know these names.
 *
 * @param type matching `^[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$`, so that the name stays within 249 characters
 */
export function platformEventTopic(workspaceId: string, type: string): TopicSpec {
  const name = `evt.${workspaceId}.${type}`;
  return { name, partitions: 3, config: { 'max.message.bytes': MAX_MESSAGE_BYTES } };
}

/** Change feeds of databases, which their connectors write per tenant and workspace (flows-api 11.1). */
const CHANGE_FEEDS: ReadonlySet<string> = new Set(['pg-changes', 'mongo-changes']);

/** Topic that a platform-event trigger listens to; `eventType` as for `platformEventTopic`. */
export function triggerTopic(tenantId: string, workspaceId: string, eventType: string): TopicSpec {
  const spec = platformEventTopic(workspaceId, eventType);
  return CHANGE_FEEDS.has(eventType) ? { ...spec, name: `${tenantId}.${workspaceId}.${eventType}` } : spec;
}
