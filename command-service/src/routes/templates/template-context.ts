import { partitionOf, type Template, type TemplateResource, type TemplateUser } from '@flowplane/contracts';
import type { TemplateCall } from '@flowplane/runtime/api';
import type { ClusterLookups } from '@flowplane/runtime/provisioning';
import type { SecretStore } from '@flowplane/runtime/secrets';
import type { SubmitPorts } from '../../submit/submit.js';
import { caughtUp } from '../../submit/caught-up.js';
import type { RunEnds } from './run-ends.js';

/** What is stored under an id for the caller's tenant. */
export type StoredTemplate = {
  readonly kind: 'own';
  /** Absent: it was deleted, and only its state is left. */
  readonly template: Template | undefined;
  readonly revision: number;
  readonly owner: TemplateUser | undefined;
  readonly state: string;
  readonly progress: 'NOT_STARTED' | 'IN_PROGRESS' | 'DONE' | 'FAILED';
  readonly error: string | null;
  readonly errorStatus: number | null;
  readonly resources: readonly TemplateResource[];
  /** Nodes that are as the template has them. */
  readonly completed: readonly string[];
  /** Ids of the runs that are under way. */
  readonly provisioning: string | null;
  readonly deprovisioning: string | null;
};
export type FoundTemplate = StoredTemplate | { readonly kind: 'foreign' } | { readonly kind: 'none' };

/** What the routes of templates work with. */
export type TemplateContext = SubmitPorts & {
  /** @throws Refusal 503 STORE_UNAVAILABLE */
  readonly templateOf: (tenantId: string, templateId: string) => Promise<FoundTemplate>;
  readonly secretStore: Pick<SecretStore, 'put' | 'get'>;
  readonly cluster: Pick<ClusterLookups, 'installedPlugins'>;
  readonly runEnds: RunEnds;
  /** FLOWS_PROVISIONING_MAX_WAIT: longest time that an answer waits for the end of a run. */
  readonly maxRunWaitMs: number;
};

/**
 * What is stored, at least as new as the log that this process has read: the outcome of every command that it has
 * answered is in it.
 *
 * @throws Refusal 503 OVERLOADED where the read models do not come that far in time, STORE_UNAVAILABLE
 */
export async function newestTemplate(
  context: TemplateContext,
  call: TemplateCall,
  templateId: string,
): Promise<FoundTemplate> {
  await caughtUp(context, call, context.tail.reached(partitionOf(call.tenantId, context.partitions)));
  return context.templateOf(call.tenantId, templateId);
}
