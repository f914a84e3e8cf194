import { NO_LABELS } from '@flowplane/contracts';
import type { Statement } from '@flowplane/plumbing/postgres';
import type { ControlChanges } from '../domain/control-batch.js';
import { approvalRows } from '../domain/approval-rows.js';
import { connectionWrites } from './connection-record.js';
import { scheduleRecordOf } from './schedule-record.js';
import { at, rowsStatement } from './write-rows.js';
import { templateWrites } from './template-record.js';
import { webhookWrites } from './write-webhooks.js';

/** Column names in the record sets are the members of the rows in `domain/`. */

const FLOWS = `
  INSERT INTO flows (tenant_id, workspace_id, flow_id, generation, birth, name, dsl_api_version, definition, definition_yaml,
                     latest_version, revision, created_by, created_at, updated_at, deleted_at)
  SELECT r."tenantId", r."workspaceId", r."flowId", r.generation, r.birth, r.name, r."dslApiVersion", r.definition,
         r."definitionYaml", r."latestVersion", r.revision, r."createdBy", ${at('createdAt')}, ${at('updatedAt')},
         ${at('deletedAt')}
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, generation bigint, birth bigint, name text,
         "dslApiVersion" text, definition text, "definitionYaml" text, "latestVersion" int, revision bigint,
         "createdBy" text, "createdAt" bigint, "updatedAt" bigint, "deletedAt" bigint)
  ON CONFLICT (tenant_id, workspace_id, flow_id) DO UPDATE
    SET generation = excluded.generation, birth = excluded.birth, name = excluded.name, dsl_api_version = excluded.dsl_api_version,
        definition = excluded.definition, definition_yaml = excluded.definition_yaml,
        latest_version = excluded.latest_version, revision = excluded.revision, created_by = excluded.created_by,
        created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = excluded.deleted_at`;

const VERSIONS = `
  INSERT INTO flow_versions (tenant_id, workspace_id, flow_id, generation, version, dsl_api_version, definition,
                             definition_yaml, triggers, created_by, created_at)
  SELECT r."tenantId", r."workspaceId", r."flowId", r.generation, r.version, r."dslApiVersion", r.definition,
         r."definitionYaml", r.triggers, r."createdBy", ${at('createdAt')}
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, generation bigint, version int,
         "dslApiVersion" text, definition text, "definitionYaml" text, triggers text, "createdBy" text,
         "createdAt" bigint)
  ON CONFLICT DO NOTHING`;

const APPROVAL_NODES = `
  INSERT INTO approval_nodes (tenant_id, workspace_id, flow_id, generation, version, node_id, name, approvers, timeout)
  SELECT r."tenantId", r."workspaceId", r."flowId", r.generation, r.version, r."nodeId", r.name, r.approvers, r.timeout
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, generation bigint, version int,
         "nodeId" text, name text, approvers text[], timeout text)
  ON CONFLICT DO NOTHING`;

const ARCHIVED_VERSIONS = `
  UPDATE flow_versions v SET archived_at = ${at('archivedAt')}
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, generation bigint, version int,
         "archivedAt" bigint)
   WHERE v.tenant_id = r."tenantId" AND v.workspace_id = r."workspaceId" AND v.flow_id = r."flowId"
     AND v.generation = r.generation AND v.version = r.version`;

const SCHEDULES = `
  INSERT INTO schedules (tenant_id, workspace_id, flow_id, cron, paused, note, changed, recent)
  SELECT r."tenantId", r."workspaceId", r."flowId", r.cron, r.paused, r.note, r.changed, r.recent
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, cron text, paused boolean,
         note text, changed text, recent text)
  ON CONFLICT (tenant_id, workspace_id, flow_id) DO UPDATE
    SET cron = excluded.cron, paused = excluded.paused, note = excluded.note, changed = excluded.changed,
        recent = excluded.recent`;

const NEW_EXECUTIONS = `
  INSERT INTO executions (execution_id, tenant_id, workspace_id, flow_id, generation, version, status, trigger_type,
                          input, labels, retried_from, cause, cancel_requested, created_at, created_offset, started_at, closed_at,
                          result_json, result_ref, failure_code, failure_message, failure_node_id, nodes_json,
                          nodes_ref)
  SELECT r."executionId", r."tenantId", r."workspaceId", r."flowId", r.generation, r.version, r.status,
         r."triggerType", r.input, r.labels, r."retriedFrom", r.cause, r."cancelRequested", ${at('createdAt')}, r."createdOffset",
         ${at('startedAt')}, ${at('closedAt')}, r."resultJson", r."resultRef", r."failureCode", r."failureMessage",
         r."failureNodeId", r."nodesJson", r."nodesRef"
    FROM json_to_recordset($1) AS r("executionId" text, "tenantId" text, "workspaceId" text, "flowId" text,
         generation bigint, version int, status text, "triggerType" text, input text, labels text, "retriedFrom" text, cause text,
         "cancelRequested" boolean, "createdAt" bigint, "createdOffset" bigint, "startedAt" bigint, "closedAt" bigint,
         "resultJson" text, "resultRef" text, "failureCode" text, "failureMessage" text, "failureNodeId" text,
         "nodesJson" text, "nodesRef" text)
  ON CONFLICT DO NOTHING`;

/** Of runs that the statement before has added; one that was there has its labels. */
const EXECUTION_LABELS = `
  INSERT INTO execution_labels (execution_id, key, value, tenant_id, workspace_id, created_at, created_offset)
  SELECT r."executionId", l.key, l.value, r."tenantId", r."workspaceId", ${at('createdAt')}, r."createdOffset"
    FROM json_to_recordset($1) AS r("executionId" text, "tenantId" text, "workspaceId" text, labels text,
         "createdAt" bigint, "createdOffset" bigint), json_each_text(r.labels::json) AS l
  ON CONFLICT DO NOTHING`;

const EXECUTION_CHANGES = `
  UPDATE executions e
     SET status = coalesce(r.status, e.status), cancel_requested = e.cancel_requested OR r."cancelRequested",
         started_at = coalesce(${at('startedAt')}, e.started_at), closed_at = coalesce(${at('closedAt')}, e.closed_at),
         result_json = coalesce(r."resultJson", e.result_json), result_ref = coalesce(r."resultRef", e.result_ref),
         failure_code = coalesce(r."failureCode", e.failure_code),
         failure_message = coalesce(r."failureMessage", e.failure_message),
         failure_node_id = coalesce(r."failureNodeId", e.failure_node_id),
         nodes_json = coalesce(r."nodesJson", e.nodes_json), nodes_ref = coalesce(r."nodesRef", e.nodes_ref)
    FROM json_to_recordset($1) AS r("executionId" text, status text, "cancelRequested" boolean, "startedAt" bigint,
         "closedAt" bigint, "resultJson" text, "resultRef" text, "failureCode" text, "failureMessage" text,
         "failureNodeId" text, "nodesJson" text, "nodesRef" text)
   WHERE e.execution_id = r."executionId"`;

const COMMANDS = `
  INSERT INTO commands AS c (command_id, tenant_id, workspace_id, type, actor_id, status, submitted_at, decided_at,
                             partition, position_offset, http_status, result, error, execution_id,
                             secret_ids)
  SELECT r."commandId", r."tenantId", r."workspaceId", r.type, r."actorId", r.status, ${at('submittedAt')},
         ${at('decidedAt')}, r.partition, r."positionOffset", r."httpStatus", r.result, r.error, r."executionId",
         r."secretIds"
    FROM json_to_recordset($1) AS r("commandId" text, "tenantId" text, "workspaceId" text, type text, "actorId" text,
         status text, "submittedAt" bigint, "decidedAt" bigint, partition int, "positionOffset" bigint,
         "httpStatus" int, result text, error text, "executionId" text, "secretIds" text[])
  ON CONFLICT (command_id) DO UPDATE
    SET status = excluded.status, decided_at = excluded.decided_at, position_offset = excluded.position_offset,
        http_status = excluded.http_status, result = excluded.result, error = excluded.error,
        execution_id = excluded.execution_id, secret_ids = excluded.secret_ids
  WHERE c.status = 'pending'`;

const AUDIT = `
  INSERT INTO audit AS a (event_id, tenant_id, workspace_id, event_type, outcome, actor_id, flow_id, flow_version,
                          execution_id, trigger_type, on_behalf_of, comment, connection_name, correlation_id, occurred_at, log_offset,
                          command_type, reason_status, reason_code, denied_count)
  SELECT r."eventId", r."tenantId", r."workspaceId", r."eventType", r.outcome, r."actorId", r."flowId",
         r."flowVersion", r."executionId", r."triggerType", r."onBehalfOf", r.comment, r."connectionName", r."correlationId", ${at('occurredAt')},
         r."logOffset", r."commandType", r."reasonStatus", r."reasonCode", r."deniedCount"
    FROM json_to_recordset($1) AS r("eventId" text, "tenantId" text, "workspaceId" text, "eventType" text,
         outcome text, "actorId" text, "flowId" text, "flowVersion" text, "executionId" text, "triggerType" text,
         "onBehalfOf" text, comment text, "connectionName" text, "correlationId" text, "occurredAt" bigint, "logOffset" bigint, "commandType" text,
         "reasonStatus" int, "reasonCode" text, "deniedCount" bigint)
  ON CONFLICT (event_id) DO UPDATE
    SET denied_count = a.denied_count + excluded.denied_count
  WHERE a.denied_count IS NOT NULL`;

const DENIALS = `
  INSERT INTO audit_denials (tenant_id, minute, denied)
  SELECT r."tenantId", r.minute, r.denied
    FROM json_to_recordset($1) AS r("tenantId" text, minute bigint, denied bigint)
  ON CONFLICT (tenant_id, minute) DO UPDATE SET denied = excluded.denied`;

const TENANT_QUOTAS = `
  INSERT INTO tenant_quotas (tenant_id, quotas)
  SELECT r."tenantId", r.quotas FROM json_to_recordset($1) AS r("tenantId" text, quotas text)
  ON CONFLICT (tenant_id) DO UPDATE SET quotas = excluded.quotas`;

const LLM_MODELS = `
  INSERT INTO llm_models (tenant_id, workspace_id, models)
  SELECT r."tenantId", r."workspaceId", r.models
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, models text)
  ON CONFLICT (tenant_id, workspace_id) DO UPDATE SET models = excluded.models`;

/** Of flows whose triggers were replaced, all but those that go on: `kept` has their ids. */
const DROPPED_EVENT_TRIGGERS = `
  DELETE FROM event_triggers t
   USING json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, kept json)
   WHERE t.tenant_id = r."tenantId" AND t.workspace_id = r."workspaceId" AND t.flow_id = r."flowId"
     AND t.trigger_id NOT IN (SELECT json_array_elements_text(r.kept))`;

/** One that goes on keeps where it started; of a topic that was recreated it missed nothing. */
const EVENT_TRIGGERS = `
  INSERT INTO event_triggers AS t (tenant_id, workspace_id, flow_id, trigger_id, version, event_type, topic, topic_id,
                              since, start_offsets, filter, dedupe_key)
  SELECT r."tenantId", r."workspaceId", r."flowId", r."triggerId", r.version, r."eventType", r.topic, r."topicId",
         r.since, r."startOffsets", r.filter, r."dedupeKey"
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text, "triggerId" text, version int,
         "eventType" text, topic text, "topicId" text, since bigint, "startOffsets" text, filter text,
         "dedupeKey" text)
  ON CONFLICT (tenant_id, workspace_id, flow_id, trigger_id) DO UPDATE
    SET version = excluded.version, filter = excluded.filter, dedupe_key = excluded.dedupe_key,
        topic_id = excluded.topic_id,
        start_offsets = CASE WHEN t.topic_id = excluded.topic_id THEN t.start_offsets ELSE '[]' END`;

const hasLabels = ({ labels }: ControlChanges['createdExecutions'][number]): boolean => labels !== NO_LABELS;

/** What writes the changes of a batch: at most one statement per table and kind of change. */
export function controlWrites(changes: ControlChanges): readonly Statement[] {
  const triggers = [...changes.eventTriggers].map(([key, rows]) => ({ key, rows }));
  const triggerRows = triggers.flatMap(({ rows }) => rows);
  const keptTriggers = triggers.map(({ key, rows }) => {
    const [tenantId, workspaceId, flowId] = key.split(':');
    return {
      tenantId,
      workspaceId,
      flowId,
      kept: rows.filter(({ unbroken }) => unbroken).map(({ triggerId }) => triggerId),
    };
  });
  const denials = [...changes.denials].map(([key, denied]) => {
    const [tenantId, minute] = key.split('/');
    return { tenantId, minute: Number(minute), denied };
  });
  return [
    ...rowsStatement('control-flows', FLOWS, changes.flows),
    ...rowsStatement('control-versions', VERSIONS, changes.versions),
    ...rowsStatement('control-approval-nodes', APPROVAL_NODES, changes.versions.flatMap(approvalRows)),
    ...rowsStatement('control-archived-versions', ARCHIVED_VERSIONS, changes.archivedVersions),
    ...rowsStatement('control-schedules', SCHEDULES, changes.schedules.map(scheduleRecordOf)),
    ...rowsStatement('control-new-executions', NEW_EXECUTIONS, changes.createdExecutions),
    ...rowsStatement('control-execution-labels', EXECUTION_LABELS, changes.createdExecutions.filter(hasLabels)),
    ...rowsStatement('control-executions', EXECUTION_CHANGES, changes.changedExecutions),
    ...rowsStatement('control-commands', COMMANDS, changes.commands),
    ...rowsStatement('control-audit', AUDIT, changes.audit),
    ...rowsStatement('control-denials', DENIALS, denials),
    ...webhookWrites(changes),
    ...templateWrites(changes.templates),
    ...connectionWrites(changes.connections),
    ...rowsStatement('control-tenant-quotas', TENANT_QUOTAS, changes.tenantQuotas),
    ...rowsStatement('control-llm-models', LLM_MODELS, changes.llmModels),
    ...rowsStatement('control-dropped-event-triggers', DROPPED_EVENT_TRIGGERS, keptTriggers),
    ...rowsStatement('control-event-triggers', EVENT_TRIGGERS, triggerRows),
  ];
}
