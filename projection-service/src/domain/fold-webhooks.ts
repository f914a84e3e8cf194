import { detailOf, type EncryptedSecret, type Event, type FlowVersionPublished } from '@flowplane/contracts';
import { flowKeyOfEvent, type FlowKey } from './logged-event.js';
import { plainText, plainTextOrNull } from '@flowplane/contracts/read-model';

/** A webhook trigger with the secret in force and the one before it; times are epoch milliseconds. */
export type WebhookRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly triggerId: string;
  readonly flowId: string;
  readonly path: string;
  readonly version: number;
  readonly filter: string | null;
  readonly dedupeKey: string | null;
  readonly secretId: string;
  readonly keyId: string;
  readonly ciphertext: string;
  readonly previousSecretId: string | null;
  readonly previousKeyId: string | null;
  readonly previousCiphertext: string | null;
  readonly previousValidUntil: number | null;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
};

/** Webhook triggers after a batch, by flow: those loaded before it, changed by its events. */
export type WebhooksFold = {
  readonly rows: Map<FlowKey, readonly WebhookRow[]>;
  /** Flows whose rows must be written. */
  readonly changed: Set<FlowKey>;
};

/** Flows whose webhook triggers an event may change. */
export function flowsWithChangedWebhooks(event: Event): readonly FlowKey[] {
  switch (event.type) {
    case 'FlowVersionPublished':
    case 'FlowDeleted':
    case 'WebhookSecretRotated':
      return [flowKeyOfEvent(event, event.data.flowId)];
    case 'WebhookSecretsRewrapped':
      return event.data.secrets.map(({ flowId }) => flowKeyOfEvent(event, flowId));
    default:
      return [];
  }
}

/** Takes one event into the webhook triggers. A version's triggers replace those of the one before in one step. */
export function foldWebhooks(fold: WebhooksFold, event: Event): void {
  const change = (flowId: string, next: (rows: readonly WebhookRow[]) => readonly WebhookRow[]): void => {
    const key = flowKeyOfEvent(event, flowId);
    const before = fold.rows.get(key) ?? [];
    const after = next(before);
    if (before.length === 0 && after.length === 0) return;
    fold.rows.set(key, after);
    fold.changed.add(key);
  };
  switch (event.type) {
    case 'FlowVersionPublished':
      return change(event.data.flowId, (rows) => publishedWebhooks(event, rows));
    case 'FlowDeleted':
      return change(event.data.flowId, () => []);
    case 'WebhookSecretRotated': {
      const { flowId, triggerId, secret, previousValidUntil } = event.data;
      const rotatedAt = event.meta.occurredAt;
      const rotate = (row: WebhookRow): WebhookRow => ({
        ...row,
        ...previousOf(previousValidUntil === null ? null : row),
        ...secret,
        ...{ previousValidUntil, rotatedAt },
      });
      return change(flowId, (rows) => rows.map((row) => (row.triggerId === triggerId ? rotate(row) : row)));
    }
    case 'WebhookSecretsRewrapped':
      for (const { flowId, triggerId, secret } of event.data.secrets) {
        change(flowId, (rows) => rows.map((row) => (row.triggerId === triggerId ? rewrapped(row, secret) : row)));
      }
      return;
    default:
  }
}

const previousOf = (row: WebhookRow | null) => ({
  previousSecretId: row?.secretId ?? null,
  previousKeyId: row?.keyId ?? null,
  previousCiphertext: row?.ciphertext ?? null,
});

/** The same secret, encrypted anew, wherever the row has it. */
function rewrapped(row: WebhookRow, { secretId, keyId, ciphertext }: EncryptedSecret): WebhookRow {
  if (row.secretId === secretId) return { ...row, keyId, ciphertext };
  if (row.previousSecretId !== secretId) return row;
  return { ...row, previousKeyId: keyId, previousCiphertext: ciphertext };
}

/** A trigger that the version before had keeps its secrets; one that could not be registered is none. */
function publishedWebhooks({ meta, data }: FlowVersionPublished, before: readonly WebhookRow[]): readonly WebhookRow[] {
  return data.triggers.flatMap((registration): readonly WebhookRow[] => {
    const detail = detailOf(registration);
    if (detail.kind !== 'webhook' || detail.failed === true) return [];
    const kept = before.find(({ triggerId }) => triggerId === registration.triggerId);
    const settings = {
      version: data.version,
      filter: plainTextOrNull(detail.filter ?? null),
      dedupeKey: plainTextOrNull(detail.dedupeKey ?? null),
    };
    if (detail.secret === null) return kept === undefined ? [] : [{ ...kept, ...settings }];
    return [
      {
        tenantId: meta.tenantId,
        workspaceId: meta.workspaceId,
        triggerId: registration.triggerId,
        flowId: data.flowId,
        path: plainText(detail.path),
        ...settings,
        ...detail.secret,
        ...previousOf(null),
        previousValidUntil: null,
        createdAt: kept?.createdAt ?? meta.occurredAt,
        rotatedAt: null,
      },
    ];
  });
}
