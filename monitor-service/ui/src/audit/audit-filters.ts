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

/** Of what entries are: those of templates are the tenant's, and in none of its workspaces (flows-api 13.2). */
export const AUDIT_SUBJECTS = ['workspace', 'templates'] as const;
export type AuditSubject = (typeof AUDIT_SUBJECTS)[number];

export const subjectOf = (address: URLSearchParams): AuditSubject =>
  address.get('of') === 'templates' ? 'templates' : 'workspace';

/** The address of entries of another subject: filters that fit no entry of it are taken away. */
export function withSubject(address: URLSearchParams, subject: AuditSubject): URLSearchParams {
  const next = new URLSearchParams(address);
  if (subject === 'workspace') next.delete('of');
  else next.set('of', subject);
  if (!eventTypesOf(subject).includes(next.get('eventType') ?? '')) next.delete('eventType');
  for (const name of ['flowId', 'executionId']) next.delete(name);
  return next;
}

/** Types of entries that can be asked for. */
export const eventTypesOf = (subject: AuditSubject): readonly string[] => [
  ...Object.keys(WHAT).filter((type) => type.startsWith('template.') === (subject === 'templates')),
  'command.denied',
];

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
