import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import Cluster from 'kafkajs/src/cluster/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import type { Logger } from '../logging/index.js';
import { explainAccessFault } from './explain-access-fault.js';
import { asKafkaFault, type KafkaFault } from './faults.js';
import type { ClusterOptions, InternalCluster, InternalLogger, LogEntry } from './kafkajs-shapes.js';
import type { TailSharing } from './tail-follower.js';
import type { KafkaConfig } from './types.js';

/** A link of ours, as far as the client must know it to end it. */
type Closeable = { readonly close: () => void };

/** What is shared by everything that talks to the brokers: where they are, how we log, and what must be closed. */
export type KafkaClient = {
  readonly logger: Logger;
  /** Whom its readers fetch together with, in a process that has several clients of one cluster. */
  readonly tails?: SharedTails | undefined;
  /** Opens connections of their own; used by this folder only. */
  readonly newCluster: (purpose: string) => OpenCluster;
  /** The fault of a first contact; where the brokers refuse us it says which variable to look at. */
  readonly contactFault: (error: unknown, purpose: string) => KafkaFault;
  readonly track: (link: Closeable) => void;
  readonly untrack: (link: Closeable) => void;
  /** Ends every connection made through this client, also those still in use. */
  readonly close: () => Promise<void>;
};

export type SharedTails = TailSharing<KafkaClient>;

export type OpenCluster = { readonly cluster: InternalCluster; readonly sockets: ReadonlySet<Socket> };

const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;
const METADATA_MAX_AGE_MS = 300_000;
const KEEP_ALIVE_MS = 60_000;

// kafkajs 2.2.4 has each connection look for waiting requests for ever, with a timer of a negative time: 1 ms, and from
// Node 24 on a warning. It needs to look only while requests wait or the broker throttles.
const { scheduleCheckPendingRequests } = RequestQueue.prototype;
RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) scheduleCheckPendingRequests.call(this);
};

/**
 * Client of one Kafka cluster. Connects to nothing yet: what is made from it does, and retries by itself.
 *
 * @param logger errors that kafkajs retries or hands to us anyway are logged as warnings
 * @param tails whom its readers may fetch together with
 */
export async function connectKafka(config: KafkaConfig, logger: Logger, tails?: SharedTails): Promise<KafkaClient> {
  const internalLogger = bridgeLogs(logger);
  const links = new Set<Closeable>();
  return {
    ...{ logger, tails },
    newCluster: (purpose) => openCluster(config, purpose, internalLogger),
    contactFault: (error, purpose) => {
      const why = explainAccessFault(error, config);
      return asKafkaFault(error, `${purpose}: connecting${why === undefined ? '' : `: ${why}`}`);
    },
    track: (link) => void links.add(link),
    untrack: (link) => void links.delete(link),
    close: () => {
      for (const link of links) link.close();
      return Promise.resolve();
    },
  };
}

function openCluster(config: KafkaConfig, purpose: string, logger: InternalLogger): OpenCluster {
  const sockets = new Set<Socket>();
  const socketFactory: ClusterOptions['socketFactory'] = ({ host, port, onConnect }) => {
    const socket =
      config.tls === undefined
        ? connectSocket({ host, port }, onConnect)
        : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...config.tls }, onConnect);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const cluster = new Cluster({
    logger,
    socketFactory,
    brokers: config.brokers,
    ...(config.sasl === undefined ? {} : { sasl: { ...config.sasl } }),
    clientId: `${config.clientId}-${purpose}`,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 0,
    // Who uses a link decides about waiting and trying again: it knows its deadline and what a retry means.
    retry: { retries: 0, initialRetryTime: 50, maxRetryTime: 500 },
  });
  return { cluster, sockets };
}

/** While a broker starts, kafkajs logs as errors what it then retries: for us these are warnings. */
function bridgeLogs(logger: Logger): InternalLogger {
  const write = ({ label, log }: LogEntry): void => {
    // Its correlation id is the number of a request on a connection, not ours of what a client asked for.
    const { message, timestamp: _timestamp, stack: _stack, correlationId: _requestNumber, ...details } = log;
    if (label === 'ERROR' || label === 'WARN') logger.warn(details, `kafka: ${message}`);
    else logger.debug(details, `kafka: ${message}`);
  };
  return loggers.createLogger({ level: loggers.LEVELS.WARN, logCreator: () => write });
}
