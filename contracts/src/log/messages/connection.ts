import type { ConnectionKind } from '../../connections/index.js';
import { Int, Json, list, Long, oneOf, optional, record, type StaticOf, Text, Time } from './avro.js';

/**
 * Connections (tasks 9). What is said of their secrets are an id and a fingerprint; no value is
 * here.
 */
const CONNECTION = { name: Text };

const CONTENT = {
  ...CONNECTION,
  kind: oneOf<ConnectionKind>(),
  /** What can be read back: a JSON object. */
  endpoint: Json,
  /** Where the secret is kept; null: this connection has none. */
  secretId: optional(Text),
  /** Of the secret, keyed, so that two PUTs can be compared and nobody can try values (ADR 60); null without one. */
  fingerprint: optional(Text),
};

/** A secret that an earlier PUT kept, and until when it stays readable. */
export type SupersededSecret = StaticOf<typeof SupersededSecret>;
const SupersededSecret = record('SupersededSecret', { secretId: Text, until: Time });

export const CONNECTION_COMMANDS = {
  PutConnection: {
    ...CONTENT,
    /** Connections that the workspace may have, as configured where it was sent. */
    maxConnections: Int,
  },
  DeleteConnection: CONNECTION,
};

export const CONNECTION_EVENTS = {
  ConnectionPut: {
    ...CONTENT,
    /** Counts the PUTs of this connection from 1. */
    version: Long,
    createdAt: Time,
    /** Of the last PUT that changed the secret, or of the first. */
    rotatedAt: Time,
    rotatedBy: Text,
    /** The last one first. */
    superseded: list(SupersededSecret),
  },
  ConnectionRemoved: CONNECTION,
};
