import { connectKafka, makeBatchProducer } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makePool } from '@flowplane/plumbing/postgres';

/** Where a hand-written system keeps what people see of its runs. */
export type RecordPlace = { readonly dbUrl: string; readonly kafkaBrokers: string; readonly auditTopic: string };

/** What one process of the system writes: one pool and one producer. */
export type Records = {
  readonly runAsked: (runId: string, input: string) => Promise<void>;
  readonly nodeStarted: (runId: string, nodeId: string, input: string) => Promise<void>;
  readonly nodeCompleted: (runId: string, nodeId: string, output: string) => Promise<void>;
  readonly runClosed: (runId: string, status: 'completed' | 'failed', result: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const RECORD_TABLES = `
  CREATE TABLE runs (
    run_id text PRIMARY KEY, status text NOT NULL, input text NOT NULL, result text,
    created_at timestamptz NOT NULL DEFAULT now(), closed_at timestamptz);
  CREATE TABLE nodes (
    run_id text NOT NULL, node_id text NOT NULL, status text NOT NULL, input text NOT NULL, output text,
    started_at timestamptz NOT NULL DEFAULT now(), completed_at timestamptz,
    PRIMARY KEY (run_id, node_id))`;

/** Viewers of nodes listen here; payloads are `<run>:<node>:<status>`. */
const NODES_CHANNEL = 'by_hand_nodes';
/** Viewers of runs listen here; the payload is the id of a run that has ended. */
export const ENDS_CHANNEL = 'by_hand_ends';

// Activities may run twice: each statement leaves the same when it is repeated.
const RUN_ASKED = `INSERT INTO runs (run_id, status, input) VALUES ($1, 'running', $2) ON CONFLICT DO NOTHING`;
const NODE_STARTED = `
  WITH started AS (
    INSERT INTO nodes (run_id, node_id, status, input) VALUES ($1, $2, 'running', $3) ON CONFLICT DO NOTHING)
  SELECT pg_notify('${NODES_CHANNEL}', $1 || ':' || $2 || ':running')`;
const NODE_COMPLETED = `
  WITH completed AS (
    UPDATE nodes SET status = 'completed', output = $3, completed_at = now() WHERE run_id = $1 AND node_id = $2)
  SELECT pg_notify('${NODES_CHANNEL}', $1 || ':' || $2 || ':completed')`;
const RUN_CLOSED = `
  WITH closed AS (UPDATE runs SET status = $2, result = $3, closed_at = now() WHERE run_id = $1)
  SELECT pg_notify('${ENDS_CHANNEL}', $1)`;

/** @param connections most of the pool */
export async function openRecords(place: RecordPlace, connections: number): Promise<Records> {
  const pool = makePool(place.dbUrl, { max: connections, applicationName: 'by hand' });
  const logger = makeLogger({ service: 'by-hand', level: 'error' });
  const kafka = await connectKafka({ brokers: place.kafkaBrokers.split(','), clientId: 'by-hand' }, logger);
  const producer = makeBatchProducer(kafka, { topic: place.auditTopic });
  const write = async (name: string, text: string, values: readonly string[]): Promise<void> => {
    await pool.query({ name, text, values: [...values] });
  };
  const audit = async (runId: string, eventType: string): Promise<void> => {
    const value = { eventType, runId, actorId: 'bench', occurredAt: new Date().toISOString() };
    const headers = { 'content-type': 'application/json' };
    await producer.append({ partition: 0, key: runId, value: Buffer.from(JSON.stringify(value)), headers });
  };
  return {
    runAsked: async (runId, input) => {
      await write('run-asked', RUN_ASKED, [runId, input]);
      await audit(runId, 'run.requested');
    },
    nodeStarted: (runId, nodeId, input) => write('node-started', NODE_STARTED, [runId, nodeId, input]),
    nodeCompleted: (runId, nodeId, output) => write('node-completed', NODE_COMPLETED, [runId, nodeId, output]),
    runClosed: async (runId, status, result) => {
      await audit(runId, `run.${status}`);
      await write('run-closed', RUN_CLOSED, [runId, status, result]);
    },
    close: async () => {
      await producer.close();
      await kafka.close();
      await pool.end();
    },
  };
}
