import { Type } from '@sinclair/typebox';
import { JsonObjectShape, oneOf } from './shapes.js';
import type { RouteSchema } from './route-schema.js';
import {
  AcceptedDeprovisioning,
  AcceptedTemplate,
  DeletedTemplate,
  TemplateBody,
  TemplateDrift,
  TemplatePlan,
  TemplateShape,
  TemplateStateShape,
  WorkflowIdShape,
} from './template-shapes.js';

const Flag = Type.Optional(oneOf(['true', 'false'], { $id: 'TrueOrFalse' }));
const Wait = Type.Optional(
  Type.String({
    pattern: '^([0-9]{1,6}(nanos|micros|ms|s|m|h|d)|0|-1)$',
    description: 'How long the answer waits for the end of the run: a number with a unit, as `30s`; `0` does not wait.',
  }),
);
const WRITE_QUERY = {
  validation: Type.Optional(Type.String({ description: '`all` (default) checks every workflow; else none is.' })),
  provision: Flag,
  use_case: Type.Optional(Type.String({ description: 'Makes the template from a use case; the body overrides.' })),
  wait_for_completion_timeout: Wait,
};
const WAIT_QUERY = Type.Object({ wait_for_completion_timeout: Wait });

const ACCEPTED = { description: 'It goes on; or, after a wait, how far it has come.', body: AcceptedTemplate };
const SEARCH = {
  summary: 'Searches templates',
  description: 'A search body of OpenSearch, of which the clauses of provisioning 14.2 are supported.',
  answers: { 200: { description: 'Hits, without credentials.', body: JsonObjectShape } },
  refusals: [],
} as const;
const SEARCH_STATES = {
  ...SEARCH,
  summary: 'Searches states of templates',
  description: 'The same over the states, which may outlive their templates.',
} as const;

/** Provisioning templates (provisioning 1.1). */
export const TEMPLATE_ROUTE_SCHEMAS = {
  createTemplate: {
    summary: 'Creates a template',
    description:
      'With `provision=true` it is provisioned at once; then every other parameter of the query is put in for its name.',
    query: Type.Object(WRITE_QUERY),
    body: TemplateBody,
    bodyRequired: false,
    answers: { 201: { description: 'Created.', body: WorkflowIdShape }, 202: ACCEPTED },
    refusals: ['UPGRADE_UNDER_WAY'],
  },
  updateTemplate: {
    summary: 'Replaces a template, or some of its fields, or provisions a changed one again',
    description: 'The whole only before it is provisioned; `update_fields=true` and `reprovision=true` say the rest.',
    query: Type.Object({ ...WRITE_QUERY, update_fields: Flag, reprovision: Flag }),
    body: TemplateBody,
    bodyRequired: false,
    answers: { 201: { description: 'Updated.', body: WorkflowIdShape }, 202: ACCEPTED },
    refusals: ['UPGRADE_UNDER_WAY'],
  },
  provisionTemplate: {
    summary: 'Makes what a template describes',
    description:
      'Every other parameter of the query, and every member of the body, is put in for its name. Nothing is rolled back.',
    query: WAIT_QUERY,
    body: JsonObjectShape,
    bodyRequired: false,
    answers: { 202: ACCEPTED },
    refusals: [],
  },
  reprovisionTemplate: {
    summary: 'Makes what a changed template has more, and updates what differs',
    description: 'The same as an update with `reprovision=true`.',
    query: WAIT_QUERY,
    body: TemplateBody,
    bodyRequired: false,
    answers: { 202: ACCEPTED },
    refusals: [],
  },
  resumeTemplate: {
    summary: 'Goes on with a provisioning that failed',
    description: 'From the failed node, with what was made before.',
    query: WAIT_QUERY,
    body: JsonObjectShape,
    bodyRequired: false,
    answers: { 202: ACCEPTED },
    refusals: [],
  },
  deprovisionTemplate: {
    summary: 'Takes away what a template has made',
    description: 'In reverse order, one after the other; the answer comes when that has ended.',
    query: Type.Object({
      allow_delete: Type.Optional(Type.String({ description: 'Ids of resources that hold data, with commas.' })),
    }),
    answers: {
      200: { description: 'Nothing is left.', body: WorkflowIdShape },
      202: { description: 'Some could not be removed; or it is not over yet.', body: AcceptedDeprovisioning },
    },
    refusals: [],
  },
  deleteTemplate: {
    summary: 'Deletes a template, not what it has made',
    description: 'Its state goes too where it has made nothing, or with `clear_status=true`.',
    query: Type.Object({ clear_status: Flag }),
    answers: {
      200: { description: 'It is gone, or was not there.', body: DeletedTemplate },
      202: { description: 'Not decided yet.', body: AcceptedTemplate },
    },
    refusals: [],
  },
  planTemplate: {
    summary: 'Says what an action would do, and does nothing',
    description: 'The body is that of the action.',
    query: Type.Object({
      action: oneOf(['provision', 'reprovision', 'deprovision'], { $id: 'PlannedTemplateAction' }),
    }),
    body: JsonObjectShape,
    bodyRequired: false,
    answers: { 200: { description: 'The steps.', body: TemplatePlan } },
    refusals: [],
  },
  getTemplate: {
    summary: 'A template, without its credentials',
    description: 'Sent back as a whole it has lost them.',
    answers: { 200: { description: 'The template.', body: TemplateShape } },
    refusals: [],
  },
  templateStatus: {
    summary: 'How far the provisioning of a template has come, and what it has made',
    description: 'With `all=true` everything that is kept of it.',
    query: Type.Object({ all: Flag }),
    answers: { 200: { description: 'The state.', body: TemplateStateShape } },
    refusals: [],
  },
  templateDrift: {
    summary: 'Whether what a template has made is still as it was made',
    description: 'Asks the cluster.',
    answers: { 200: { description: 'Each resource.', body: TemplateDrift } },
    refusals: [],
  },
  templateSteps: {
    summary: 'The types of steps, with their inputs and outputs',
    description: 'Of all, or of those that are named.',
    query: Type.Object({
      workflow_step: Type.Optional(Type.String({ description: 'Names of types, with commas.' })),
    }),
    answers: { 200: { description: 'By type.', body: JsonObjectShape } },
    refusals: [],
  },
  searchTemplates: { ...SEARCH, body: JsonObjectShape },
  // Its body is that of the POST; what describes an API has no bodies of GET.
  searchTemplatesByGet: SEARCH,
  searchTemplateStates: { ...SEARCH_STATES, body: JsonObjectShape },
  searchTemplateStatesByGet: SEARCH_STATES,
  clusterSettings: {
    summary: 'Changes settings of provisioning',
    description: 'Those of provisioning 18 that may change, below `persistent` or `transient`; null sets one back.',
    body: JsonObjectShape,
    query: Type.Object({ flat_settings: Flag }),
    answers: { 200: { description: 'What was set.', body: JsonObjectShape } },
    refusals: [],
  },
  getClusterSettings: {
    summary: 'Shows the settings of provisioning that were changed',
    description: 'With `include_defaults=true` also what counts for the others.',
    query: Type.Object({ flat_settings: Flag, include_defaults: Flag }),
    answers: { 200: { description: 'What is set.', body: JsonObjectShape } },
    refusals: [],
  },
} as const satisfies Record<string, RouteSchema>;
