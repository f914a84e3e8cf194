import type { ProvisioningFinished, TemplateResource } from '@flowplane/contracts';

/** A step that was begun and whose end nobody saw. */
export type UnsureResource = ProvisioningFinished['data']['unsure'][number];

/** A provisioning template with its state (provisioning 3, 9). Times are epoch milliseconds. */
export type TemplateRow = {
  readonly tenantId: string;
  readonly templateId: string;
  /** JSON text; null when it was deleted and only the state is left. */
  readonly document: string | null;
  readonly revision: number;
  /** JSON text of a `TemplateUser`. */
  readonly owner: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly provisionedAt: number | null;
  readonly state: 'NOT_STARTED' | 'PROVISIONING' | 'COMPLETED' | 'FAILED';
  readonly progress: 'NOT_STARTED' | 'IN_PROGRESS' | 'DONE' | 'FAILED';
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly error: string | null;
  /** HTTP status of `error`. */
  readonly errorStatus: number | null;
  readonly resources: readonly TemplateResource[];
  readonly unsure: readonly UnsureResource[];
  /** Nodes that are as the document has them: their last run ended well, or has made what they are to make. */
  readonly completed: readonly string[];
  /** Ids of the runs that are under way. */
  readonly provisioning: string | null;
  readonly deprovisioning: string | null;
  readonly logOffset: number;
};

/** Nothing has been provisioned. */
export const INITIAL_STATE = {
  state: 'NOT_STARTED',
  progress: 'NOT_STARTED',
  startedAt: null,
  endedAt: null,
  error: null,
  errorStatus: null,
  resources: [],
  unsure: [],
  completed: [],
  provisioning: null,
  deprovisioning: null,
} as const satisfies Partial<TemplateRow>;
