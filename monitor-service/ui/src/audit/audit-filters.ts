/** What the audit is narrowed down to, as the page's address has it and the API takes it. */
export const AUDIT_FILTERS = ['outcome', 'eventType', 'actorId', 'flowId', 'executionId', 'from', 'to'] as const;
export type AuditFilter = (typeof AUDIT_FILTERS)[number];

export function auditFiltersOf(address: URLSearchParams): Readonly<Partial<Record<AuditFilter, string>>> {
  return Object.fromEntries(
    AUDIT_FILTERS.flatMap((name) => {
      const value = address.get(name)?.trim() ?? '';
      return value === '' ? [] : [[name, value] as const];
    }),
  );
}

const WHAT: Readonly<Record<string, string>> = {
  'flow.definition_created': 'created the flow',
  'flow.definition_updated': 'changed the flow',
  'flow.version_published': 'published a version',
  'flow.version_archived': 'removed a version',
  'flow.definition_deleted': 'deleted the flow',
  'flow.execution_started': 'started a run',
  'flow.execution_cancelled': 'cancelled a run',
  'flow.execution_retry': 'retried a run',
  'flow.signal_sent': 'answered an approval',
  'connection.put': 'put a connection',
  'connection.removed': 'removed a connection',
  'template.created': 'created a template',
  'template.updated': 'changed a template',
  'template.deleted': 'deleted a template',
  'template.provisioned': 'asked for the resources of a template',
  'template.deprovisioned': 'asked for their removal',
};

/** Types of entries that can be asked for. */
export const EVENT_TYPES = [...Object.keys(WHAT), 'command.denied'];

/** What was done or tried, in words. */
export function whatOf({ eventType, commandType, triggerType }: AuditWhat): string {
  if (eventType === 'command.denied') return `tried ${commandType ?? 'something'}`;
  const by = triggerType === null || triggerType === 'manual' ? '' : ` (${triggerType.replace('_', ' ')})`;
  return `${WHAT[eventType] ?? eventType}${by}`;
}

type AuditWhat = {
  readonly eventType: string;
  readonly commandType?: string | null;
  readonly triggerType: string | null;
};
