import { randomUUID } from 'node:crypto';
import {
  planProvision,
  readTemplate,
  TEMPLATE_WORKSPACE,
  topicNames,
  type Command,
  type Event,
  type Json,
  type TemplateResource,
} from '@flowplane/contracts';
import { connectKafka, makeBatchProducer } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makePool } from '@flowplane/plumbing/postgres';
import { commandRecord } from '@flowplane/runtime/commands';
import { makeEventReader } from '@flowplane/runtime/consume';
import { waitUntil } from '@flowplane/stack';
import { partitionsOf } from './log-reader.js';

type Env = Readonly<Record<string, string | undefined>>;
type Data<T extends Command['type']> = Extract<Command, { readonly type: T }>['data'];
type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>;
export type TemplateRef = { readonly tenantId: string; readonly templateId: string };

/** A template as the read model has it. */
export type TemplateState = {
  readonly progress: string;
  readonly provisioning: string | null;
  readonly deprovisioning: string | null;
  readonly resources: readonly TemplateResource[];
  readonly unsure: EventOf<'ProvisioningFinished'>['data']['unsure'];
};

/** Runs of templates, asked for by commands and followed in the log of a service set. */
export type TemplateRuns = {
  readonly create: (tenantId: string, nodes: readonly Json[]) => Promise<TemplateRef>;
  /** @returns the execution id */
  readonly provision: (template: TemplateRef, nodes: readonly Json[]) => Promise<string>;
  readonly deprovision: (template: TemplateRef, allowDelete: readonly string[]) => Promise<string>;
  /** Resolves with the event that ends a run. */
  readonly provisioned: (executionId: string) => Promise<EventOf<'ProvisioningFinished'>['data']>;
  readonly deprovisioned: (executionId: string) => Promise<EventOf<'DeprovisioningFinished'>['data']>;
  /** Calls it with every event of a template, as it is read. */
  readonly onEvent: (listener: (event: Event) => void) => void;
  /** Undefined: there is neither document nor state. */
  readonly stateOf: (template: TemplateRef) => Promise<TemplateState | undefined>;
  readonly close: () => Promise<void>;
};

const END_MS = 240_000;

export async function openTemplateRuns(env: Env): Promise<TemplateRuns> {
  const logger = makeLogger({ service: 'e2e', level: 'error' });
  const kafka = await connectKafka({ brokers: (env['KAFKA_BROKERS'] ?? '').split(','), clientId: 'e2e' }, logger);
  const topics = topicNames(env['FLOWS_TOPIC_PREFIX'] ?? '');
  const partitions = partitionsOf(env);
  const producer = makeBatchProducer(kafka, { topic: topics.commands });
  const pool = makePool(env['FLOWS_DB_URL'] ?? '', { max: 4, applicationName: 'e2e' });
  const reader = makeEventReader(kafka, { topic: topics.events, onNewer: 'pass' });
  const ends = new Map<string, Event>();
  const listeners: ((event: Event) => void)[] = [];
  let isClosed = false;

  const follow = async (): Promise<void> => {
    const start = { offset: 0, epoch: 0, owner: '' };
    reader.assign(new Map(Array.from({ length: partitions }, (_, partition) => [partition, start])));
    while (!isClosed) {
      for (const { records } of await reader.poll(100)) {
        for (const record of records) {
          if (record.kind !== 'event' || !('templateId' in record.event.data)) continue;
          const { event } = record;
          if (event.type === 'ProvisioningFinished' || event.type === 'DeprovisioningFinished') {
            ends.set(event.data.executionId, event);
          }
          for (const listener of listeners) listener(event);
        }
      }
    }
  };
  const following = follow();
  // It is awaited at the end.
  following.catch(() => undefined);

  const append = async <T extends Command['type']>(type: T, tenantId: string, data: Data<T>): Promise<void> => {
    const meta = {
      ...{ commandId: randomUUID(), tenantId, workspaceId: TEMPLATE_WORKSPACE, actorId: 'alice', actorRoles: [] },
      ...{ correlationId: randomUUID(), traceparent: null, submittedAt: Date.now(), attempt: 1, idempotency: null },
    };
    const command = { type, meta, data } as unknown as Command;
    await producer.append(commandRecord(command, { partitions, source: '/flowplane/e2e' }));
  };
  const endOf = async (executionId: string): Promise<Event> => {
    const isOver = (): Promise<boolean> => Promise.resolve(ends.has(executionId));
    await waitUntil(`the end of ${executionId}`, isOver, { timeoutMs: END_MS, everyMs: 50 });
    return ends.get(executionId) as Event;
  };
  const runOf = ({ tenantId, templateId }: TemplateRef): string =>
    `${tenantId}:${TEMPLATE_WORKSPACE}:${templateId}:${randomUUID()}`;

  return {
    create: async (tenantId, nodes) => {
      const templateId = randomUUID();
      const template = JSON.stringify(documentOf(nodes));
      await append('CreateTemplate', tenantId, {
        ...{ templateId, template, secretIds: [], user: null, maxTemplates: 1000, verdict: null, provision: null },
      });
      return { tenantId, templateId };
    },
    provision: async (template, nodes) => {
      const [executionId, { templateId }] = [runOf(template), template];
      const read = readTemplate(documentOf(nodes));
      if (!read.ok) throw new Error(read.error.message);
      const plan = planProvision(read.value, {}, { workflowId: templateId, maxSteps: 50 });
      if (!plan.ok) throw new Error(plan.error.message);
      await append('ProvisionTemplate', template.tenantId, {
        ...{ templateId, executionId, action: 'provision', templateRevision: 1, plan: JSON.stringify(plan.value) },
        ...{ taskPollMs: 100, template: null, secretIds: [], maxActive: null, verdict: null },
      });
      return executionId;
    },
    deprovision: async (template, allowDelete) => {
      const [executionId, { templateId }] = [runOf(template), template];
      await append('DeprovisionTemplate', template.tenantId, {
        ...{ templateId, executionId, allowDelete: [...allowDelete], removalTimeoutMs: 10_000 },
        ...{ maxActive: null, verdict: null },
      });
      return executionId;
    },
    provisioned: async (executionId) => (await endOf(executionId)).data as EventOf<'ProvisioningFinished'>['data'],
    deprovisioned: async (executionId) => (await endOf(executionId)).data as EventOf<'DeprovisioningFinished'>['data'],
    onEvent: (listener) => void listeners.push(listener),
    stateOf: async ({ tenantId, templateId }) => {
      const { rows } = await pool.query<Record<keyof TemplateState, string>>(
        `SELECT progress, provisioning, deprovisioning, resources, unsure FROM flows.templates
          WHERE tenant_id = $1 AND template_id = $2`,
        [tenantId, templateId],
      );
      const [row] = rows;
      if (row === undefined) return undefined;
      return {
        ...row,
        resources: JSON.parse(row.resources) as TemplateState['resources'],
        unsure: JSON.parse(row.unsure) as TemplateState['unsure'],
      };
    },
    close: async () => {
      isClosed = true;
      await following;
      await reader.close();
      await producer.close();
      await pool.end();
      await kafka.close();
    },
  };
}

const documentOf = (nodes: readonly Json[]) => ({ name: 'demo', workflows: { provision: { nodes: [...nodes] } } });
