/** How one table of two schemas is compared. Conditions see the row as `t` and may use $1 and $2 (`Cutoffs`). */
export type ComparedTable = {
  readonly table: string;
  readonly key: readonly string[];
  /** Rows past their retention differ by when they were removed, so they are left out on both sides. */
  readonly where: string;
  /** Offset in the runs topic whose retention excuses a difference, and the run in whose partition it is; undefined: nothing does. */
  readonly frame?: { readonly offset: string; readonly run: string };
  /** A column that rows projected by an earlier release lack: null there, it is not compared. */
  readonly mayLack?: string;
};

const COMMANDS_SINCE = '$1::timestamptz';
const RUNS_SINCE = '$2::timestamptz';
const RUNS_SINCE_MS = `extract(epoch FROM ${RUNS_SINCE}) * 1000`;
const DELIVERIES_SINCE = `greatest(${RUNS_SINCE}, now() - interval '6 days 23 hours')`;
const RETAINED_RUN = `(e.closed_at IS NULL OR e.closed_at >= ${RUNS_SINCE})`;

/** Of a flow that is there, or with runs that are pinned to it. */
const KEPT_VERSION = `(EXISTS (SELECT 1 FROM flows f WHERE f.tenant_id = t.tenant_id AND f.workspace_id = t.workspace_id
                       AND f.flow_id = t.flow_id AND f.generation = t.generation AND f.deleted_at IS NULL)
          OR EXISTS (SELECT 1 FROM executions e WHERE e.tenant_id = t.tenant_id AND e.workspace_id = t.workspace_id
                       AND e.flow_id = t.flow_id AND e.generation = t.generation AND e.version = t.version
                       AND ${RETAINED_RUN}))`;

/** Nodes stay as long as their run is open. */
const keptNode = (run: string): string =>
  `(t.time_ms >= ${RUNS_SINCE_MS}
    OR EXISTS (SELECT 1 FROM executions e WHERE e.execution_id = t.${run} AND e.closed_at IS NULL))`;

export const COMPARED_TABLES: readonly ComparedTable[] = [
  { table: 'projection_progress', key: ['projection', 'partition'], where: 'true' },
  { table: 'flows', key: ['tenant_id', 'workspace_id', 'flow_id'], where: 'true' },
  {
    table: 'flow_versions',
    key: ['tenant_id', 'workspace_id', 'flow_id', 'generation', 'version'],
    where: KEPT_VERSION,
  },
  {
    table: 'approval_nodes',
    key: ['tenant_id', 'workspace_id', 'flow_id', 'generation', 'version', 'node_id'],
    where: KEPT_VERSION,
  },
  { table: 'schedules', key: ['tenant_id', 'workspace_id', 'flow_id'], where: 'true', mayLack: 'changed' },
  { table: 'templates', key: ['tenant_id', 'template_id'], where: 'true' },
  { table: 'connections', key: ['tenant_id', 'workspace_id', 'name'], where: 'true' },
  { table: 'event_triggers', key: ['tenant_id', 'workspace_id', 'flow_id', 'trigger_id'], where: 'true' },
  { table: 'executions', key: ['execution_id'], where: RETAINED_RUN.replaceAll('e.', 't.'), mayLack: 'cause' },
  {
    table: 'execution_labels',
    key: ['execution_id', 'key'],
    where: `EXISTS (SELECT 1 FROM executions e WHERE e.execution_id = t.execution_id AND ${RETAINED_RUN})`,
  },
  { table: 'commands', key: ['command_id'], where: `t.decided_at >= ${COMMANDS_SINCE}` },
  { table: 'webhook_triggers', key: ['tenant_id', 'workspace_id', 'trigger_id'], where: 'true' },
  { table: 'webhook_deliveries', key: ['event_id'], where: `t.received_at >= ${DELIVERIES_SINCE}` },
  // Release 0.3 wrote none of templates: a rebuild adds those of then.
  { table: 'audit', key: ['event_id'], where: "t.event_type NOT LIKE 'template.%'" },
  { table: 'audit_denials', key: ['tenant_id', 'minute'], where: `t.minute * 60000 >= ${RUNS_SINCE_MS}` },
  { table: 'llm_models', key: ['tenant_id', 'workspace_id'], where: 'true' },
  { table: 'tenant_quotas', key: ['tenant_id'], where: 'true' },
  {
    table: 'frames',
    key: ['execution_id', 'log_offset'],
    where: `t.time_ms >= ${RUNS_SINCE_MS}`,
    frame: { offset: 'log_offset', run: 'execution_id' },
  },
  {
    table: 'nodes',
    key: ['execution_id', 'node_id', 'iteration'],
    where: keptNode('execution_id'),
    frame: { offset: 'first_offset', run: 'execution_id' },
    mayLack: 'waiting_since',
  },
  {
    table: 'sub_flow_nodes',
    key: ['execution_id', 'node_id', 'iteration'],
    where: keptNode('root'),
    frame: { offset: 'first_offset', run: 'root' },
  },
];
