import type { FlowDefinition } from '@flowplane/contracts';
import type { VersionRow } from './fold-versions.js';
import { plainText, plainTextOrNull } from '@flowplane/contracts/read-model';

/** An approval node of a published version. */
export type ApprovalNodeRow = Pick<VersionRow, 'tenantId' | 'workspaceId' | 'flowId' | 'generation' | 'version'> & {
  readonly nodeId: string;
  readonly name: string | null;
  readonly approvers: readonly string[];
  /** ISO-8601 duration. */
  readonly timeout: string | null;
};

/** The approval nodes of a version. */
export function approvalRows(row: VersionRow): readonly ApprovalNodeRow[] {
  if (!row.definition.includes('"approval"')) return [];
  const { tenantId, workspaceId, flowId, generation, version } = row;
  const { nodes = [] } = JSON.parse(row.definition) as Partial<FlowDefinition>;
  return nodes.flatMap((node) =>
    node.type === 'approval'
      ? [
          {
            ...{ tenantId, workspaceId, flowId, generation, version },
            nodeId: plainText(node.id),
            name: plainTextOrNull(node.name ?? null),
            approvers: (node.approvers ?? []).map(plainText),
            timeout: plainTextOrNull(node.timeout ?? null),
          },
        ]
      : [],
  );
}
