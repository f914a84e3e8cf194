import type { Socket } from 'node:net';

/** A request and response pair as kafkajs' connections send them; we make our own for Produce, Fetch and Metadata. */
export type WireRequest<T> = {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<EncodedBody>;
  };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<T>;
    readonly parse: (decoded: T) => Promise<T>;
  };
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
};

/** The part of kafkajs' Encoder that its framing reads. */
export type EncodedBody = { readonly buf: Buffer; readonly buffer: Buffer; readonly size: () => number };

export type InternalConnection = {
  readonly send: <T>(request: WireRequest<T>) => Promise<T>;
  readonly rejectRequests: (error: Error) => void;
  readonly disconnect: () => Promise<unknown>;
  readonly requestQueue: { readonly destroy: () => void };
  readonly socket?: Socket;
};

export type InternalConnectionPool = {
  readonly pool: readonly InternalConnection[];
  readonly getConnectionByRequest: (request: { readonly request: { apiKey: number } }) => Promise<InternalConnection>;
};

export type GroupMemberDescription = { readonly memberId: string };
export type JoinedGroup = {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly GroupMemberDescription[];
};

export type InternalBroker = {
  readonly connectionPool: InternalConnectionPool;
  readonly isConnected: () => boolean;
  readonly initProducerId: (request: {
    transactionalId?: string | null;
    transactionTimeout: number;
  }) => Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  readonly listOffsets: (request: {
    replicaId: number;
    isolationLevel: number;
    topics: readonly {
      topic: string;
      partitions: readonly { partition: number; timestamp: number }[];
    }[];
  }) => Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
  readonly joinGroup: (request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: readonly { name: string; metadata: Buffer }[];
  }) => Promise<JoinedGroup>;
  readonly syncGroup: (request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }) => Promise<{ readonly memberAssignment: Buffer }>;
  readonly heartbeat: (request: { groupId: string; groupGenerationId: number; memberId: string }) => Promise<unknown>;
  readonly leaveGroup: (request: { groupId: string; memberId: string }) => Promise<unknown>;
  readonly offsetCommit: (request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[];
  }) => Promise<unknown>;
  readonly offsetFetch: (request: {
    groupId: string;
    topics: readonly { topic: string; partitions: readonly { partition: number }[] }[];
  }) => Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
  readonly describeConfigs: (request: {
    resources: readonly { type: number; name: string; configNames: readonly string[] }[];
  }) => Promise<{
    readonly resources: readonly {
      readonly resourceName: string;
      readonly configEntries: readonly { readonly configName: string; readonly configValue: string }[];
    }[];
  }>;
  readonly createTopics: (request: {
    topics: readonly {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: readonly { name: string; value: string }[];
    }[];
    timeout: number;
  }) => Promise<unknown>;
  readonly deleteTopics: (request: { topics: readonly string[]; timeout: number }) => Promise<unknown>;
};

export type InternalCluster = {
  readonly brokerPool: {
    readonly brokers: Readonly<Record<string, InternalBroker>>;
    readonly seedBroker: InternalBroker | undefined;
  };
  readonly connect: () => Promise<void>;
  readonly addMultipleTargetTopics: (topics: readonly string[]) => Promise<void>;
  readonly refreshMetadata: () => Promise<void>;
  readonly findBroker: (options: { nodeId: string }) => Promise<InternalBroker>;
  readonly findControllerBroker: () => Promise<InternalBroker>;
  readonly findGroupCoordinator: (options: { groupId: string; coordinatorType: number }) => Promise<InternalBroker>;
  readonly findTopicPartitionMetadata: (
    topic: string,
  ) => readonly { readonly partitionId: number; readonly leader: number; readonly partitionErrorCode: number }[];
};

export type InternalLogger = { readonly namespace: (name: string) => InternalLogger };
export type LogEntry = { readonly label: string; readonly log: { readonly message: string } & Record<string, unknown> };
export type LoggerModule = {
  readonly createLogger: (options: {
    level: number;
    logCreator: (level: number) => (entry: LogEntry) => void;
  }) => InternalLogger;
  readonly LEVELS: Readonly<Record<'NOTHING' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG', number>>;
};

export type ClusterOptions = {
  readonly logger: InternalLogger;
  readonly socketFactory: (target: { host: string; port: number; onConnect: () => void }) => Socket;
  readonly brokers: readonly string[];
  /** kafkajs writes into it. */
  readonly sasl?: { mechanism: string; username: string; password: string };
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly authenticationTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly metadataMaxAge: number;
  readonly allowAutoTopicCreation: boolean;
  readonly maxInFlightRequests: number | null;
  readonly isolationLevel: number;
  readonly retry: { readonly retries: number; readonly initialRetryTime: number; readonly maxRetryTime: number };
};
