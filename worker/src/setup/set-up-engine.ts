import type { Logger } from '@flowplane/plumbing/logging';
import { keepTrying } from '@flowplane/plumbing/periodic';
import { Connection } from '@temporalio/client';
import { asEngineAccessFault, assertEngineAccess, type EngineTarget } from '../shared/temporal-connection.js';
import { SEARCH_ATTRIBUTES } from '../shared/run-input.js';

export type EngineSetup = {
  readonly target: EngineTarget;
  readonly namespace: string;
  readonly retentionMs: number;
  /** Latest end, epoch ms. */
  readonly deadline: number;
  readonly logger: Pick<Logger, 'info'>;
};

const RETRY_DELAY_MS = 500;
const ALREADY_EXISTS = 6;
/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1; an exact text that queries compare as a whole. */
const KEYWORD = 2;

/**
 * Makes the engine ready for runs: the namespace, the search attributes, and both usable. Repeating it changes
 * nothing; an engine that is still starting is waited for.
 *
 * @throws EngineAccessFault when the engine refuses us, else the last error when the deadline has passed
 */
export async function setUpEngine(setup: EngineSetup): Promise<void> {
  const connectAndSetUp = async (): Promise<void> => {
    try {
      await assertEngineAccess(setup.target, setup.namespace);
      const connection = await Connection.connect(setup.target);
      try {
        await connection.withDeadline(setup.deadline, () => setUp(connection, setup));
      } finally {
        await connection.close();
      }
    } catch (cause) {
      throw asEngineAccessFault(cause) ?? cause;
    }
  };
  await keepTrying(connectAndSetUp, {
    backoff: { firstMs: RETRY_DELAY_MS },
    deadlineMs: setup.deadline,
    isCurable: (cause) => asEngineAccessFault(cause) === undefined,
    onFault: (cause) => setup.logger.info({ reason: (cause as Error).message }, 'the engine is not ready yet'),
  });
}

async function setUp(connection: Connection, setup: EngineSetup): Promise<void> {
  const { namespace, retentionMs, logger } = setup;
  // 64-bit fields are typed as Long; the encoder takes a number as well.
  const retention = { seconds: Math.ceil(retentionMs / 1000) as never };
  await connection.workflowService
    .registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
    .catch(unlessExists);
  const missing = await missingAttributes(connection, namespace);
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).catch(unlessExists);
  }
  await untilUsable(connection, namespace, setup.deadline);
  logger.info({ namespace, searchAttributes: SEARCH_ATTRIBUTES }, 'the engine is set up');
}

async function missingAttributes(connection: Connection, namespace: string): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.filter((name) => customAttributes?.[name] !== KEYWORD);
}

/** Namespaces and attributes reach the parts of the engine through caches: what counts is that a query is answered. */
async function untilUsable(connection: Connection, namespace: string, deadline: number): Promise<void> {
  const query = SEARCH_ATTRIBUTES.map((name) => `${name} = 'x'`).join(' AND ');
  await keepTrying(() => connection.workflowService.countWorkflowExecutions({ namespace, query }), {
    backoff: { firstMs: RETRY_DELAY_MS },
    deadlineMs: deadline,
  });
}

function unlessExists(cause: unknown): void {
  if ((cause as { readonly code?: unknown }).code !== ALREADY_EXISTS) throw cause;
}
