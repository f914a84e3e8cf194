import type { TemplateAction } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { checkedAccess, checkedValue, param, type TemplateCall } from '@flowplane/runtime/api';
import { awaitMinPosition, isTemplateOfAnother, stored, type PositionWait } from '@flowplane/runtime/read-model';
import { ownerOf } from './template-rows.js';

export type TemplatesScope = PositionWait & { readonly pool: Pool };

type Row = { readonly document: string | null; readonly owner: string | null };

/**
 * The row that a request is about, where it is there and the caller may see it.
 *
 * @param read the row of the caller's tenant
 * @throws TemplateRefusal; Refusal 503
 */
export async function rowFor<R extends Row>(
  scope: TemplatesScope,
  call: TemplateCall,
  action: TemplateAction,
  read: (workflowId: string) => Promise<R | undefined>,
): Promise<R> {
  await awaitMinPosition(scope, call);
  const workflowId = param(call, 'templateId');
  const row = await stored(read(workflowId));
  const isForeign = row === undefined && (await stored(isTemplateOfAnother(scope.pool, call.tenantId, workflowId)));
  const known =
    row === undefined
      ? ({ kind: isForeign ? 'foreign' : 'none' } as const)
      : ({ kind: 'own', hasTemplate: row.document !== null, owner: ownerOf(row) } as const);
  checkedValue(checkedAccess(call, known, { action, workflowId }));
  if (row === undefined) throw new TypeError('access was given to what is not there');
  return row;
}
