import { availabilityOf, taskTypes } from '@flowplane/contracts/flow';
import type { Answer, Call } from '@flowplane/runtime/api';
import { awaitMinPosition, type PositionWait } from '@flowplane/runtime/read-model';
import type { WorkspaceBackends } from '@flowplane/runtime/task-backends';

export type TaskTypesScope = PositionWait & { readonly backends: WorkspaceBackends };

/** GET /task-types: the catalogue, and which of its types can run in the workspace (tasks 1). */
export async function listTaskTypes(scope: TaskTypesScope, call: Call): Promise<Answer> {
  await awaitMinPosition(scope, call);
  const backends = await scope.backends(call);
  const items = taskTypes().map((type) => {
    const { id, label, category, description, inputSchema, outputSchema, examples } = type;
    const shown = { id, label, category, description, inputSchema, outputSchema, examples };
    return { ...shown, ...availabilityOf(type, backends) };
  });
  return { status: 200, body: { items } };
}
