import { randomUUID } from 'node:crypto';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { llmModelsAsOf } from '@flowplane/runtime/read-model';
import type { SecretStore } from '@flowplane/runtime/secrets';
import { announceBackends, TASK_BACKEND_MIGRATIONS } from '@flowplane/runtime/task-backends';
import { asOfRun, type AsOfRunPorts } from './as-of-run.js';
import { configuredKinds } from './backend-config.js';
import { makeResolveConnection } from './connections/stored-connections.js';
import type { AllowedModels } from './llm-complete/llm-complete.js';
import { openTaskBackends, type OpenTaskBackends, type TaskBackendParts } from './open-task-backends.js';

export type TaskParts = Omit<TaskBackendParts, 'connections' | 'allowedModels'> &
  AsOfRunPorts & {
    readonly statePool: Pool;
    readonly readPool: Pool;
    readonly secrets: SecretStore;
  };

/** Opens what tasks call, with what the workspaces have of their own, and tells the services which servers there are. */
export async function openTasks(parts: TaskParts): Promise<OpenTaskBackends> {
  const { config, statePool, readPool, logger } = parts;
  await migrate(statePool, TASK_BACKEND_MIGRATIONS);
  const connections = makeResolveConnection(parts);
  const backends = openTaskBackends({ ...parts, connections, allowedModels: allowedModelsIn(parts, readPool) });
  const announced = await announceBackends({
    ...{ pool: statePool, logger, workerId: randomUUID() },
    kinds: configuredKinds(config),
  });
  return {
    handlers: backends.handlers,
    close: async () => {
      await announced.close();
      await backends.close();
    },
  };
}

const allowedModelsIn =
  (ports: AsOfRunPorts, readPool: Pool): AllowedModels =>
  (attempt) =>
    asOfRun(ports, attempt, async (partition) => {
      const { models, nextOffset } = await llmModelsAsOf(readPool, attempt.tenant, partition);
      return { value: models, nextOffset };
    });
