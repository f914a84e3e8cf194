import { Client, WorkflowExecutionAlreadyStartedError, type ConnectionLike } from '@temporalio/client';
import { defineSearchAttributeKey, type DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { searchAttributeValues, type RunInput } from '../../shared/run-input.js';
import type { WorkerConnection } from '../../shared/worker-connection.js';
import type { Cause } from './engine.js';
import { fairnessOf } from './fairness.js';

export type StartOptions = {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly dataConverter: DataConverter;
  readonly workerConnection?: Pick<WorkerConnection, 'current'> | undefined;
  /** Every request, as it is made. */
  readonly onRequest?: (request: 'start') => void;
};

export type StartWorkflow = (
  type: string,
  args: unknown[],
  run: Pick<RunInput, 'envelope' | 'triggerType'>,
  cause: Cause,
) => Promise<'started' | 'already-started'>;

/**
 * Starts runs: over the connection of a worker in the same process while it polls, else over the executor's own.
 *
 * @param deadlineMs of a request
 */
export function makeStartWorkflow(own: Client, options: StartOptions, deadlineMs: number): StartWorkflow {
  const nextClient = makeStartClients(own, options);
  return async (type, args, run, cause) => {
    const { client, connection, isEager } = nextClient();
    options.onRequest?.('start');
    try {
      await connection.withDeadline(Date.now() + deadlineMs, () =>
        client.workflow.start(type, {
          requestEagerStart: isEager,
          workflowId: run.envelope.executionId,
          taskQueue: options.taskQueue,
          priority: fairnessOf(run.envelope),
          args,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          typedSearchAttributes: Object.entries(searchAttributeValues(run)).map(([name, value]) => ({
            key: defineSearchAttributeKey(name, 'KEYWORD'),
            value,
          })),
          memo: { ...cause },
        }),
      );
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already-started';
      throw error;
    }
  };
}

type StartClient = {
  readonly client: Client;
  readonly connection: ConnectionLike;
  /** The first workflow task may come with the answer. */
  readonly isEager: boolean;
};

/**
 * Whether the first workflow task comes with the answer is up to the worker's connection, which asks for it only while the
 * worker has a place for one, and to the engine; otherwise the worker polls for it.
 */
function makeStartClients(
  own: Client,
  { namespace, dataConverter, workerConnection }: StartOptions,
): () => StartClient {
  const ofExecutor: StartClient = { client: own, connection: own.connection, isEager: false };
  let ofWorker: { readonly connection: NativeConnection; readonly start: StartClient } | undefined;
  return () => {
    const connection = workerConnection?.current();
    if (connection === undefined) return ofExecutor;
    if (ofWorker?.connection !== connection) {
      const client = new Client({ connection, namespace, dataConverter });
      ofWorker = { connection, start: { client, connection, isEager: true } };
    }
    return ofWorker.start;
  };
}
