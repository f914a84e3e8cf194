import { Type, type TSchema } from '@sinclair/typebox';
import { MAX_LLM_MODEL_LENGTH, MAX_LLM_MODELS } from '../../connections/index.js';
import type { QuotaDimension, SettableDimension } from '../../quotas/index.js';
import { CommandShape } from './command-routes.js';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, listOf, nullable, oneOf, open, Removed, ScopeId, Timestamp } from './shapes.js';

const Count = Type.Integer({ minimum: 0 });
const KeyType = oneOf(['anon', 'service'], { $id: 'ApiKeyType' });

const Limit = Type.Integer({ minimum: -1, maximum: 1_000_000_000, description: '-1: unlimited.' });
const Grace = Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Let through above the limit.' });
const QuotaWithGrace = closed({ limit: Limit, grace: Type.Optional(Grace) }, { $id: 'QuotaWithGrace' });
const QuotaGiven = Type.Union([Limit, QuotaWithGrace]);
const QuotaInForce = closed({ limit: Limit, grace: Grace }, { $id: 'QuotaInForce' });

/** By dimension; one that is left out is as configured. */
const QuotaOverridesShape = closed(
  {
    max_flows: Type.Optional(QuotaGiven),
    max_flow_versions: Type.Optional(QuotaGiven),
    max_concurrent_executions: Type.Optional(QuotaGiven),
    flow_starts_per_minute: Type.Optional(QuotaGiven),
    flow_signal_rate_per_minute: Type.Optional(QuotaGiven),
    command_rate: Type.Optional(QuotaGiven),
    command_bytes: Type.Optional(QuotaGiven),
  } satisfies Record<SettableDimension, TSchema>,
  { $id: 'QuotaOverrides' },
);

/** Null: any. */
const ModelNames = nullable(
  Type.Array(Type.String({ minLength: 1, maxLength: MAX_LLM_MODEL_LENGTH }), { maxItems: MAX_LLM_MODELS }),
);

const QuotasInForceShape = closed(
  {
    max_flows: QuotaInForce,
    max_flow_versions: QuotaInForce,
    max_concurrent_executions: QuotaInForce,
    flow_starts_per_minute: QuotaInForce,
    flow_signal_rate_per_minute: QuotaInForce,
  } satisfies Record<QuotaDimension, TSchema>,
  { $id: 'QuotasInForce' },
);

const TeardownResult = closed(
  {
    resource_type: Type.String({ minLength: 1 }),
    resource_name: Type.String(),
    resource_id: ScopeId,
    action: oneOf(['removed', 'would_remove', 'skipped', 'would_skip', 'error'], { $id: 'TeardownAction' }),
    message: Type.String(),
    warnings: Type.Array(Type.String()),
    diff: Type.Null(),
  },
  { $id: 'TeardownResult' },
);

/** What only operators of the platform may do (flows-api 4). */
export const OPERATOR_ROUTE_SCHEMAS = {
  assignWorkspace: {
    summary: 'Makes a tenant the owner of a workspace',
    description:
      'Needed before its first use only where workspaces must be registered. Refused when another tenant has it.',
    body: open({ tenantId: ScopeId }, { $id: 'AssignWorkspaceBody' }),
    answers: {
      200: {
        description: 'It is the owner.',
        body: closed({ workspaceId: ScopeId, tenantId: ScopeId }, { $id: 'WorkspaceOwner' }),
      },
    },
    refusals: ['CROSS_TENANT_VIOLATION', 'OWNERS_UNKNOWN'],
  },
  createApiKey: {
    summary: 'Makes an API key; the key is shown here only',
    description:
      '`anon` reads runs and commands; `service` also starts, cancels, retries and signals, and reads flows.',
    body: open({ type: KeyType }, { $id: 'CreateApiKeyBody' }),
    answers: {
      201: {
        description: 'The key.',
        body: closed(
          { keyId: Id, type: KeyType, key: Type.String({ pattern: '^flc_(anon|service)_' }) },
          { $id: 'CreatedApiKey' },
        ),
      },
    },
    refusals: ['WORKSPACE_NOT_FOUND', 'OWNERS_UNKNOWN'],
  },
  listApiKeys: {
    summary: 'The API keys of a workspace, without the keys themselves',
    description: 'Of each key only a hash is kept.',
    answers: {
      200: {
        description: 'Keys.',
        body: listOf(
          closed(
            { keyId: Id, type: KeyType, createdAt: Timestamp, lastUsedAt: nullable(Timestamp) },
            { $id: 'ApiKey' },
          ),
        ),
      },
    },
    refusals: ['WORKSPACE_NOT_FOUND', 'OWNERS_UNKNOWN'],
  },
  rewrapWebhookSecrets: {
    summary: 'Encrypts all webhook secrets with the present master key',
    description:
      'Afterwards no secret needs a key of `FLOW_TRIGGER_SECRET_KEYS_PREVIOUS`, if `unreadable` and `pending` are 0.',
    answers: {
      200: {
        description: 'How many triggers had a secret under another key, and what became of them.',
        body: closed(
          { keyId: Id, rewrapped: Count, pending: Count, unreadable: Count },
          { $id: 'RewrappedWebhookSecrets' },
        ),
      },
    },
    refusals: ['TRIGGER_REGISTRATION_FAILED', 'OVERLOADED', 'LOG_UNAVAILABLE'],
  },
  rewrapTenantKeys: {
    summary: 'Encrypts all data keys of tenants with the present master key',
    description:
      'Also ends rotations that were cut short. Afterwards nothing needs a later key of `FLOWS_MASTER_KEYS`, if `unreadable` and `pending` are 0.',
    answers: {
      200: {
        description: 'How many tenants had something to do, and what was done.',
        body: closed(
          { masterKeyId: Id, tenants: Count, rewrapped: Count, reencrypted: Count, unreadable: Count, pending: Count },
          { $id: 'RewrappedTenantKeys' },
        ),
      },
    },
    refusals: ['SECRETS_UNAVAILABLE', 'UPGRADE_UNDER_WAY', 'OVERLOADED', 'LOG_UNAVAILABLE'],
  },
  rotateTenantKey: {
    summary: 'Encrypts all secrets of a tenant with a new data key',
    description:
      'The key before is removed when no secret needs it. Where this is cut short, a rewrap of the keys of tenants does the rest.',
    answers: {
      200: {
        description: 'What was done; `keyId` is null where the tenant has no key, as it has no secrets.',
        body: closed(
          { tenantId: ScopeId, keyId: nullable(Id), reencrypted: Count, unreadable: Count },
          { $id: 'RotatedTenantKey' },
        ),
      },
    },
    refusals: [
      ...(['INVALID_WORKSPACE_ID', 'TENANT_FENCED', 'SECRETS_UNAVAILABLE'] as const),
      ...(['UPGRADE_UNDER_WAY', 'OVERLOADED', 'LOG_UNAVAILABLE'] as const),
    ],
  },
  removeApiKey: {
    summary: 'Revokes an API key',
    description: 'It is refused from now on; event streams that it opened are closed at their next ping.',
    answers: { 200: { description: 'It is gone.', body: Removed } },
    refusals: [],
  },
  setTenantQuotas: {
    summary: 'Sets the quotas of a tenant in the place of those set before; the others are the configured ones',
    description:
      'A dimension that is left out is as configured. A number is the limit, an object may add `grace`, -1 is unlimited.',
    body: QuotaOverridesShape,
    answers: { 200: { description: 'In force from its position on.', body: QuotasInForceShape } },
    refusals: [],
  },
  setLlmModels: {
    summary: 'Sets which language models tasks of a workspace may use',
    description:
      'In the place of those set before; `null` takes the restriction away, an empty list allows none. What FLOWS_LLM_MODELS ' +
      'does not allow stays forbidden. Runs that start after the answer keep to it.',
    body: closed({ models: ModelNames }, { $id: 'LlmModels' }),
    answers: {
      200: {
        description: 'In force.',
        body: closed({ workspaceId: Type.String(), models: ModelNames }, { $id: 'WorkspaceLlmModels' }),
      },
    },
    refusals: ['WORKSPACE_NOT_FOUND'],
  },
  getTenantCommand: {
    summary: 'What became of a command about a tenant',
    description: 'Commands about a tenant belong to no workspace, so they are read here. Kept for 24 hours.',
    answers: { 200: { description: 'The command.', body: CommandShape } },
    refusals: ['COMMAND_NOT_FOUND', 'INVALID_POSITION', 'POSITION_NOT_REACHED', 'LOG_UNAVAILABLE'],
  },
  teardownTenant: {
    summary: 'Removes everything of a tenant, which is fenced first',
    description:
      'A step that fails does not stop the next ones; then the tenant stays fenced, and the same request tries again. With `dryRun=true` nothing changes.',
    query: Type.Object({
      // true: tells what would be removed, and changes nothing.
      dryRun: Type.Optional(oneOf(['true', 'false'], { $id: 'TrueOrFalse' })),
    }),
    answers: {
      200: {
        description: 'What was removed, or with `error` what could not be: the tenant stays fenced, ask again.',
        body: closed(
          {
            domain_key: Type.Literal('workflows'),
            status: oneOf(['applied', 'would_apply', 'error'], { $id: 'TeardownStatus' }),
            resource_results: Type.Array(TeardownResult),
            counts: closed({ removed: Count, skipped: Count, errors: Count }, { $id: 'TeardownCounts' }),
            message: nullable(Type.String()),
          },
          { $id: 'TeardownReport' },
        ),
      },
      202: {
        description: 'It takes longer than the caller waits; the same request waits for its report.',
        body: closed(
          { domain_key: Type.Literal('workflows'), status: Type.Literal('running'), message: Type.String() },
          { $id: 'RunningTeardown' },
        ),
      },
    },
    refusals: ['INVALID_QUERY', 'INVALID_WORKSPACE_ID', 'LOG_UNAVAILABLE'],
  },
} as const satisfies Record<string, RouteSchema>;
