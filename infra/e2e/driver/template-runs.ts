import { randomUUID } from 'node:crypto';
import { topicNames, type Event, type Json, type TemplateResource } from '@flowplane/contracts';
import { connectKafka } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makePool } from '@flowplane/plumbing/postgres';
import { makeEventReader } from '@flowplane/runtime/consume';
import { waitUntil, type IsolatedServices } from '@flowplane/stack';
import { partitionsOf } from './log-reader.js';
import { makeTemplateClient, templateOf, type TemplateBody } from './templates.js';

type Services = Pick<IsolatedServices, 'env' | 'url'>;
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

/**
 * Runs of templates, asked for as a client does that repeats its request under its Idempotency-Key until it is answered,
 * and followed in the log of a service set.
 */
export type TemplateRuns = {
  readonly create: (tenantId: string, nodes: readonly Json[]) => Promise<TemplateRef>;
  /** @returns the execution id */
  readonly provision: (template: TemplateRef) => Promise<string>;
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
const ASYNC = 'respond-async';

export async function openTemplateRuns({ env, url }: Services): Promise<TemplateRuns> {
  const logger = makeLogger({ service: 'e2e', level: 'error' });
  const kafka = await connectKafka({ brokers: (env['KAFKA_BROKERS'] ?? '').split(','), clientId: 'e2e' }, logger);
  const topics = topicNames(env['FLOWS_TOPIC_PREFIX'] ?? '');
  const partitions = partitionsOf(env);
  const pool = makePool(env['FLOWS_DB_URL'] ?? '', { max: 4, applicationName: 'e2e' });
  const reader = makeEventReader(kafka, { topic: topics.events, onNewer: 'pass' });
  const ends = new Map<string, Event>();
  /** The last run of each template, by kind. */
  const runs = { provision: new Map<string, string>(), deprovision: new Map<string, string>() };
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
          if (event.type === 'ProvisioningRequested') runs.provision.set(event.data.templateId, event.data.executionId);
          if (event.type === 'DeprovisioningRequested') {
            runs.deprovision.set(event.data.templateId, event.data.executionId);
          }
          for (const listener of listeners) listener(event);
        }
      }
    }
  };
  const following = follow();
  // It is awaited at the end.
  following.catch(() => undefined);

  const answered = untilAnswered(url);
  const begun = async (kind: 'provision' | 'deprovision', { templateId }: TemplateRef, before?: string) => {
    const isBegun = () => Promise.resolve((runs[kind].get(templateId) ?? before) !== before);
    await waitUntil(`the ${kind} of ${templateId}`, isBegun, { timeoutMs: END_MS, everyMs: 20 });
    return runs[kind].get(templateId) as string;
  };
  const endOf = async (executionId: string): Promise<Event> => {
    const isOver = (): Promise<boolean> => Promise.resolve(ends.has(executionId));
    await waitUntil(`the end of ${executionId}`, isOver, { timeoutMs: END_MS, everyMs: 50 });
    return ends.get(executionId) as Event;
  };

  return {
    create: async (tenantId, nodes) => ({
      tenantId,
      templateId: (await answered(tenantId, [201], '', templateOf(nodes as readonly object[]))).workflow_id,
    }),
    provision: async (template) => {
      const before = runs.provision.get(template.templateId);
      await answered(template.tenantId, [202], `/${template.templateId}/_provision`);
      return begun('provision', template, before);
    },
    // Its answer is not waited for: that would be the end of the run, and is what a repeat of the request may get.
    deprovision: async (template, allowDelete) => {
      const before = runs.deprovision.get(template.templateId);
      const path = `/${template.templateId}/_deprovision?allow_delete=${allowDelete.join(',')}`;
      await answered(template.tenantId, [200, 202], path, undefined, ASYNC);
      return begun('deprovision', template, before);
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
      await pool.end();
      await kafka.close();
    },
  };
}

/** Sends a request until it is answered with one of these statuses. What is not answered, or not decided, is sent again. */
function untilAnswered(url: string) {
  return async (tenantId: string, statuses: readonly number[], path: string, body?: object, prefer = 'wait=60') => {
    const { call } = makeTemplateClient(url, tenantId);
    const headers = { 'idempotency-key': randomUUID(), prefer };
    let answer: TemplateBody | undefined;
    const isAnswered = async (): Promise<boolean> => {
      const got = await call('POST', path, body, headers).catch(() => undefined);
      if (got === undefined || got.status >= 500) return false;
      const isPending = got.status === 202 && got.body.status === 'pending';
      if (isPending && prefer !== ASYNC) return false;
      if (!statuses.includes(got.status)) throw new Error(`${path}: got ${got.status} ${JSON.stringify(got.body)}`);
      answer = got.body;
      return true;
    };
    await waitUntil(`the answer to ${path}`, isAnswered, { timeoutMs: END_MS, everyMs: 100 });
    return answer as TemplateBody;
  };
}
