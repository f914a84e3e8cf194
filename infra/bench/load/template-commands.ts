import { randomUUID } from 'node:crypto';
import { planProvision, readTemplate, TEMPLATE_WORKSPACE, type Command } from '@flowplane/contracts';
import { metaOf, type BenchTenant } from './run-commands.js';

const STEPS = [1, 2, 3, 4, 5];

/** Five nodes that make nothing, one after the other. */
const NODES = STEPS.map((step) => ({
  id: `step${step}`,
  type: 'noop',
  ...(step > 1 ? { previous_node_inputs: { [`step${step - 1}`]: 'after' } } : {}),
}));
const TEMPLATE = { name: 'bench-five-nodes', workflows: { provision: { nodes: NODES } } };

/** What creates a template of five noop nodes, and provisions it. */
export function templateCommands(tenant: BenchTenant): readonly [create: Command, provision: Command] {
  const templateId = randomUUID();
  const meta = () => ({ ...metaOf(tenant), workspaceId: TEMPLATE_WORKSPACE });
  const read = readTemplate(TEMPLATE);
  if (!read.ok) throw new Error(read.error.message);
  const plan = planProvision(read.value, {}, { workflowId: templateId, maxSteps: STEPS.length });
  if (!plan.ok) throw new Error(plan.error.message);
  const run = `${tenant.tenantId}:${TEMPLATE_WORKSPACE}:${templateId}:${randomUUID()}`;
  return [
    {
      type: 'CreateTemplate',
      meta: meta(),
      data: {
        ...{ templateId, template: JSON.stringify(TEMPLATE), secretIds: [] },
        ...{ user: null, maxTemplates: 1_000_000, verdict: null, provision: null },
      },
    },
    {
      type: 'ProvisionTemplate',
      meta: meta(),
      data: {
        ...{ templateId, executionId: run, action: 'provision', templateRevision: 1, plan: JSON.stringify(plan.value) },
        ...{ taskPollMs: 5000, template: null, secretIds: [], maxActive: null, verdict: null },
      },
    },
  ];
}

/** Five tasks that do nothing, one after the other. */
export const FIVE_TASK_FLOW = {
  apiVersion: 'v1.0',
  name: 'bench-five-tasks',
  nodes: STEPS.map((step) => ({
    id: `step${step}`,
    type: 'task',
    taskType: 'bench.echo',
    input: { step },
    ...(step < STEPS.length ? { next: `step${step + 1}` } : {}),
  })),
};
