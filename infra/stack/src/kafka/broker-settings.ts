/** The largest record batch a topic takes, in bytes: definitions and payloads of a few megabytes fit. */
export const MAX_MESSAGE_BYTES = 16_777_216;

/** Settings of every broker of this stack, as a process or in a container. */
export const SHARED_BROKER_SETTINGS: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '8',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '8',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // A lone broker has nobody to wait for; a new owner of a partition must come up at once.
  'group.initial.rebalance.delay.ms': '0',
  // Lets the decider ask for a session of 3 s, so that a killed owner is noticed within 4 s.
  'group.min.session.timeout.ms': '1000',
  'message.max.bytes': String(MAX_MESSAGE_BYTES),
  'replica.fetch.max.bytes': String(MAX_MESSAGE_BYTES),
};

/** The settings file of the one local broker (KRaft, broker and controller in one process, loopback only). */
export function brokerSettings(options: {
  readonly data: string;
  readonly port: number;
  readonly controllerPort: number;
}): string {
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${options.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': options.data,
    ...SHARED_BROKER_SETTINGS,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** Logging to standard output, warnings and the few lines that tell the broker's life. */
export function brokerLogging(): string {
  return [
    'appender.out.type=Console',
    'appender.out.name=out',
    'appender.out.layout.type=PatternLayout',
    'appender.out.layout.pattern=[%d] %p %m (%c)%n',
    'rootLogger.level=WARN',
    'rootLogger.appenderRef.out.ref=out',
    'logger.server.name=kafka.server.KafkaRaftServer',
    'logger.server.level=INFO',
    '',
  ].join('\n');
}
