import type { Event } from '@flowplane/contracts';
import { plainText } from '@flowplane/contracts/read-model';

/** What an operator has set for a workspace; `models` is the JSON text of a list of names, null: no restriction. */
export type LlmModelsRow = { readonly tenantId: string; readonly workspaceId: string; readonly models: string | null };

/** @returns undefined for an event that sets none */
export function llmModelsRow({ type, meta, data }: Event): LlmModelsRow | undefined {
  if (type !== 'LlmModelsSet') return undefined;
  const { workspaceId, models } = data;
  return { tenantId: meta.tenantId, workspaceId, models: models === null ? null : plainText(JSON.stringify(models)) };
}
