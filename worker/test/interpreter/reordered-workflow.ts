import type { FlowDefinition } from '@flowplane/contracts';
import { patched } from '@temporalio/workflow';
import type { RunInput } from '../../src/shared/run-input.js';
import { DslInterpreterWorkflow as current } from '../../src/interpreter/workflow/index.js';

const reversed = (definition: FlowDefinition): FlowDefinition => ({
  ...definition,
  nodes: definition.nodes.map((node) =>
    node.type === 'parallel' ? { ...node, branches: [...node.branches].reverse() } : node,
  ),
});

/** An interpreter that starts branches in another order: the change a replay must notice. */
export function DslInterpreterWorkflow(run: RunInput, definition: FlowDefinition): ReturnType<typeof current> {
  return current(run, reversed(definition));
}

/** The same change as it may be made: runs that began before it keep their order. */
export function PatchedWorkflow(run: RunInput, definition: FlowDefinition): ReturnType<typeof current> {
  return current(run, patched('reversed-branches') ? reversed(definition) : definition);
}
