import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from 'react-router';
import { decided } from '../api/decided.js';
import { ActionButton } from '../parts/action-button.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { JsonView } from '../parts/json-view.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { inWorkspace } from '../parts/run-link.js';
import { useWorkspace } from '../session/use-workspace.js';
import { PlannedAction } from './planned-action.js';
import { StateBadge } from './state-badge.js';
import { actionsIn, parametersOf, type TemplateState } from './template-model.js';
import { useTemplateApi } from './use-template-api.js';

type Resource = NonNullable<TemplateState['resources_created']>[number];

const RESOURCES: readonly Column<Resource>[] = [
  { name: 'Made by', cell: ({ workflow_step_id: id }) => id },
  { name: 'Step', cell: ({ workflow_step_name: name }) => name },
  { name: 'Type', cell: ({ resource_type: type }) => type },
  { name: 'Resource', cell: ({ resource_id: id }) => <code>{id}</code>, isLong: true },
];

const MOVING_MS = 1_000;
const AT_REST_MS = 5_000;

/** One template: how far it has come, what it has made, and what to do about it. */
export default function TemplatePage() {
  const { templateId = '' } = useParams();
  const { workspaceId } = useWorkspace();
  const { flowplane, may } = useTemplateApi();
  const navigate = useNavigate();
  const params = { templateId };
  const template = useQuery({
    queryKey: ['template', templateId],
    queryFn: async ({ signal }) => (await flowplane.call('getTemplate', { params, signal })).body,
  });
  const state = useQuery({
    queryKey: ['template-state', templateId],
    queryFn: async ({ signal }) =>
      (await flowplane.call('templateStatus', { params, query: { all: 'true' }, signal })).body,
    refetchInterval: (query) => (query.state.data?.state === 'PROVISIONING' ? MOVING_MS : AT_REST_MS),
  });
  const all = inWorkspace(workspaceId, 'templates');
  if (template.isPending || state.isPending) return <p className="page empty">Reading the template…</p>;
  const isRead = template.data !== undefined && state.data !== undefined;
  const failed = [template, state].find(({ isError }) => isError);
  const problem = failed && <Problem cause={failed.error} retry={() => void failed.refetch()} isPage={!isRead} />;
  if (template.data === undefined || state.data === undefined) return problem;
  const can = actionsIn(state.data);
  const again = (): void => void state.refetch();
  const remove = async (): Promise<void> => {
    await decided(flowplane, (await flowplane.call('deleteTemplate', { params })).body);
    void navigate(all);
  };
  const resume = async (): Promise<void> => {
    await decided(flowplane, (await flowplane.call('resumeTemplate', { params, body: {} })).body);
    again();
  };
  const shared = { templateId, again, parameters: parametersOf(template.data) };
  const { resources_created: resources = [], error, unsure_resources: unsure = [] } = state.data;
  return (
    <Page
      title={template.data.name}
      about={
        <>
          {template.data.description} <code>{templateId}</code> · <Link to={all}>All templates</Link>
        </>
      }
      actions={<StateBadge state={state.data.state} />}
    >
      {problem}
      {!may('provisionTemplate') && (
        <p className="notice">You may see templates, and not change them: that needs a role of an administrator.</p>
      )}
      <div className="actions">
        <PlannedAction {...shared} action="provision" isDisabled={!may('provisionTemplate') || !can.provision} />
        {can.resume && <ActionButton name="Go on with what failed" act={resume} isDisabled={!may('resumeTemplate')} />}
        <PlannedAction {...shared} action="deprovision" isDisabled={!may('deprovisionTemplate') || !can.deprovision} />
        <ActionButton
          name="Delete"
          label={`Delete ${template.data.name}`}
          act={remove}
          question="The template is deleted, and not what it has made: deprovision it first if that is to go too."
          isDisabled={!may('deleteTemplate') || state.data.state === 'PROVISIONING'}
        />
      </div>
      {error !== undefined && <p className="notice notice-error">{error}</p>}
      <h2>What it has made</h2>
      {resources.length === 0 ? (
        <p className="empty nothing">Nothing{state.data.state === 'PROVISIONING' ? ' yet' : ''}.</p>
      ) : (
        <DataTable
          label="Resources"
          columns={RESOURCES}
          rows={resources}
          keyOf={({ workflow_step_id, resource_type }) => `${workflow_step_id} ${resource_type}`}
        />
      )}
      {unsure.length > 0 && (
        <div className="notice notice-warning">
          <strong>Nobody knows for certain whether these were made:</strong>
          <ul>
            {unsure.map((one) => (
              <li key={`${one.workflow_step_id} ${one.resource_type}`}>
                {one.workflow_step_id}: {one.resource_type} {one.resource_id ?? ''} ({one.found})
              </li>
            ))}
          </ul>
        </div>
      )}
      <details className="section">
        <summary>The template</summary>
        <JsonView value={template.data} />
      </details>
    </Page>
  );
}
