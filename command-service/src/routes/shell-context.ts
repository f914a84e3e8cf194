import type { Command, CommandMeta } from '@flowplane/contracts';
import type { CommandLog } from '@flowplane/runtime/commands';
import type { Answer, Call } from '@flowplane/runtime/api';
import type { ClusterLookups } from '@flowplane/runtime/provisioning';
import type { SecretStore } from '@flowplane/runtime/secrets';
import type { KeptDelivery } from '@flowplane/runtime/read-model';
import type { WorkspaceBackends } from '@flowplane/runtime/task-backends';
import type { WorkspaceOwners } from '@flowplane/runtime/tenancy';
import type { RunReads } from '../reads/run-reads.js';
import { commandMeta } from '../submit/command-meta.js';
import { submit, type SubmitPorts } from '../submit/submit.js';
import type { WorkspaceClaims } from '../submit/workspace-claims.js';
import type { QuotaChecks } from './executions/quota-checks.js';
import type { StartWarnings } from './executions/start-warnings.js';
import type { DefinitionRules } from './flows/definition-body.js';
import type { DefinitionChecker } from './flows/definition-checker.js';
import type { RegistrationPorts } from './flows/trigger-registrations.js';

/** What the routes work with. */
export type ShellContext = SubmitPorts & {
  readonly owners: Pick<WorkspaceOwners, 'ownerOf'>;
  readonly rules: DefinitionRules;
  readonly checker: DefinitionChecker;
  /** What tasks of the caller's workspace can call; for warnings. */
  readonly backends: WorkspaceBackends;
  readonly startWarnings: StartWarnings;
  readonly runs: RunReads;
  readonly quotas: QuotaChecks;
  /** FLOWS_LENIENT_SIGNALS */
  readonly lenientSignals: boolean;
  /** Makes the caller's tenant the owner of the workspace, if the command is accepted. @throws Refusal 403, 429, 503 */
  readonly claimWorkspace: WorkspaceClaims['claim'];
  readonly progress: CommandLog['progress'];
  /** What publishing registers triggers with. */
  readonly registering: RegistrationPorts;
  /** The latest accepted delivery under an id, as long as its run is shown. @throws Refusal 503 STORE_UNAVAILABLE */
  readonly deliveryOf: (
    call: Call,
    delivery: { readonly triggerId: string; readonly deliveryId: string },
  ) => Promise<KeptDelivery | undefined>;
  /** FLOWS_WEBHOOK_ROTATION_GRACE */
  readonly webhookRotationGraceMs: number;
  /** Credentials of tenants: of templates and connections. */
  readonly secretStore: Pick<SecretStore, 'put' | 'get' | 'remove'>;
  /** FLOWS_MAX_CONNECTIONS: of a workspace. */
  readonly maxConnections: number;
  /** What validation of templates asks about the provisioned cluster. */
  readonly cluster: Pick<ClusterLookups, 'installedPlugins'>;
};

/** Submits a command that is built once and needs nothing of the read models. */
export async function submitOnce(
  context: ShellContext,
  call: Call,
  command: (meta: CommandMeta) => Promise<Command>,
): Promise<Answer> {
  const meta = commandMeta(call);
  const inClaim = await context.claimWorkspace(call);
  return inClaim(() => submit(context, { call, command: () => command(meta) }));
}
