import type { TemplateUser } from '@flowplane/contracts';
import { Refusal } from '@flowplane/plumbing/http';
import { templateRefusalBody, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import type { InstalledPlugins } from '@flowplane/runtime/provisioning';
import { expect, test } from 'vitest';
import {
  ALICE,
  body,
  callOf,
  contextOf,
  DONE,
  KEPT,
  node,
  NOOP,
  Sent,
  template,
  type World,
} from '../../../test/template-requests.js';
import { planTemplate } from './plan-route.js';
import { provisionTemplate, reprovisionTemplate, resumeTemplate } from './provision-routes.js';
import { deleteTemplate, deprovisionTemplate } from './removal-routes.js';
import { createTemplate, updateTemplate } from './write-routes.js';

const INDEX = node('i', 'create_index', { index_name: 'i', configurations: '{}' });
const BOB: TemplateUser = { ...ALICE, name: 'bob', backend_roles: ['dev'] };
const NOBODYS: TemplateUser = { ...ALICE, name: 'carol', backend_roles: [] };
const FILTERED = { filterByBackendRoles: true };

type Route = (context: ReturnType<typeof contextOf>, call: TemplateCall) => Promise<Answer>;

/** The refusal of the shell, or the verdict that its command gives the decider; undefined: neither. */
async function refusedWith(route: Route, world: World): Promise<readonly [number, string] | undefined> {
  try {
    await route(contextOf(world), callOf(world));
    return undefined;
  } catch (cause) {
    if (cause instanceof Refusal) return [cause.problem.status, templateRefusalBody(cause.problem).error];
    if (!(cause instanceof Sent)) throw cause;
    const { data } = cause.command;
    const verdict = 'verdict' in data ? data.verdict : null;
    return verdict === null ? undefined : [verdict.status, verdict.message];
  }
}

const UNREADABLE = 'IOException: template content invalid for specified Content-Type.';
const TWICE = body(NOOP, NOOP);
const KNN: InstalledPlugins = { configured: true, plugins: new Set(['opensearch-knn']) };
const ML = node('m', 'register_model_group', { name: '<script>' });
const NONE: InstalledPlugins = { configured: false };
const NO_ROLE = 'Filter by backend roles is enabled, but User carol does not have any backend roles configured';
const NOT_ALLOWED = 'User does not have permissions to access workflow: K1';
const FOREIGN = 'No permission to access this resource';
const NO_CLUSTER = 'No OpenSearch is configured: set FLOWS_OPENSEARCH_URL.';

/** Each world has this fault and all that come behind it. */
test.each<readonly [string, Route, World, readonly [number, string] | undefined]>([
  [
    'create, parameters',
    createTemplate,
    { query: 'x=1&update_fields=true', body: '{' },
    [
      400,
      'Only the parameters [workflow_id, validation, provision, reprovision, update_fields, use_case, wait_for_completion_timeout] are permitted unless the provision parameter is set to true.',
    ],
  ],
  ['create, the body', createTemplate, { body: '{', user: NOBODYS, settings: FILTERED }, [400, UNREADABLE]],
  ['create, no body', createTemplate, { user: NOBODYS, settings: FILTERED }, [400, UNREADABLE]],
  [
    'create, the body of a use case',
    createTemplate,
    { query: 'use_case=semantic_search', body: '{' },
    [
      400,
      'failure parsing request body when a use case is given, make sure to provide a map with values that are either Strings, Arrays, or Map of Strings to Strings',
    ],
  ],
  [
    'create, no such use case',
    createTemplate,
    { query: 'use_case=none', body: '{' },
    [400, 'Unable to find substitution ready file for use case: none'],
  ],
  ['create, no backend role', createTemplate, { body: TWICE, user: NOBODYS, settings: FILTERED }, [403, NO_ROLE]],
  [
    'create, no user',
    createTemplate,
    { body: TWICE, settings: FILTERED },
    [400, 'Filter by backend roles is enabled and User is null'],
  ],
  ['create, the graph', createTemplate, { body: TWICE, plugins: KNN }, [400, 'Duplicate node id a.']],
  [
    'create, plugins before inputs',
    createTemplate,
    { body: body(ML), plugins: KNN },
    [400, 'The workflowStep register_model_group requires the following plugins to be installed : [opensearch-ml]'],
  ],
  [
    'create, a step that is not built',
    createTemplate,
    { body: body(node('x', 'nothing')) },
    [501, 'Workflow step type [nothing] is not implemented.'],
  ],
  [
    'create, a step that is denied',
    createTemplate,
    { body: body(node('x', 'delete_index')) },
    [403, 'The step type [delete_index] for node [x] can not be used in a workflow.'],
  ],
  ['create, not validated', createTemplate, { query: 'validation=off', body: TWICE }, undefined],
  ['create, no cluster', createTemplate, { body: body(INDEX), plugins: NONE }, undefined],

  [
    'update, fields',
    updateTemplate,
    { query: 'update_fields=true', body: '{"workflows":{}}', found: { kind: 'foreign' } },
    [400, 'You can not update the field [workflows] without updating the whole template.'],
  ],
  ['update, the body', updateTemplate, { body: '[]', found: { kind: 'foreign' } }, [400, UNREADABLE]],
  ['update, of another tenant', updateTemplate, { body: TWICE, found: { kind: 'foreign' } }, [403, FOREIGN]],
  ['update, nothing there: the decider says so', updateTemplate, { body: body(NOOP) }, undefined],
  [
    'update, no shared backend role',
    updateTemplate,
    { body: TWICE, found: KEPT, user: BOB, settings: FILTERED },
    [403, NOT_ALLOWED],
  ],
  [
    'update, the graph',
    updateTemplate,
    { body: TWICE, found: DONE, user: ALICE, settings: FILTERED },
    [400, 'Duplicate node id a.'],
  ],
  ['update, the state: the decider says so', updateTemplate, { body: body(NOOP), found: DONE }, undefined],

  [
    'provision, parameters',
    provisionTemplate,
    { query: 'x=1', body: '{"x":"2"}', found: { kind: 'foreign' } },
    [400, 'Duplicate key x'],
  ],
  [
    'provision, the body',
    provisionTemplate,
    { body: '{', found: { kind: 'foreign' } },
    [400, 'Request body parsing failed'],
  ],
  ['provision, of another tenant', provisionTemplate, { found: { kind: 'foreign' } }, [403, FOREIGN]],
  [
    'provision, no shared backend role',
    provisionTemplate,
    { found: { ...DONE, template: template(TWICE) }, user: BOB, settings: FILTERED },
    [403, NOT_ALLOWED],
  ],
  [
    'provision, the graph',
    provisionTemplate,
    { found: { ...DONE, template: template(TWICE) } },
    [400, 'Duplicate node id a.'],
  ],
  [
    'provision, no cluster',
    provisionTemplate,
    { found: { ...DONE, template: template(body(INDEX)) }, plugins: NONE },
    [400, NO_CLUSTER],
  ],
  [
    'provision, no workflow',
    provisionTemplate,
    { found: { ...DONE, template: template('{"name":"x"}') }, plugins: NONE },
    [400, 'Workflow K1 has no provision workflow.'],
  ],
  ['provision, the state: the decider says so', provisionTemplate, { found: DONE, plugins: NONE }, undefined],
  [
    'resume, no workflow',
    resumeTemplate,
    { found: { ...KEPT, template: template('{"name":"x"}') } },
    [400, 'Workflow K1 has no provision workflow.'],
  ],

  [
    'reprovision, other parameters',
    reprovisionTemplate,
    { query: 'x=1', body: '{' },
    [400, 'request [/w] contains unrecognized parameter: [x]'],
  ],
  ['reprovision, the body', reprovisionTemplate, { body: '{', found: KEPT }, [400, UNREADABLE]],
  [
    'reprovision, no shared backend role',
    reprovisionTemplate,
    { body: TWICE, found: KEPT, user: BOB, settings: FILTERED },
    [403, NOT_ALLOWED],
  ],
  [
    'reprovision, the state',
    reprovisionTemplate,
    { body: TWICE, found: KEPT },
    [400, 'The template can not be reprovisioned unless its provisioning state is DONE or FAILED: K1'],
  ],
  ['reprovision, the graph', reprovisionTemplate, { body: TWICE, found: DONE }, [400, 'Duplicate node id a.']],
  [
    'reprovision, a step that is missing',
    reprovisionTemplate,
    { body: body(node('b', 'noop')), found: DONE },
    [400, 'Workflow Step deletion is not supported when reprovisioning a template.'],
  ],
  [
    'reprovision, nothing to do',
    reprovisionTemplate,
    { body: body(NOOP), found: DONE },
    [400, 'Template does not contain any modifications'],
  ],
  [
    'the other form of it',
    updateTemplate,
    { query: 'reprovision=true', body: body(NOOP), found: DONE },
    [400, 'Template does not contain any modifications'],
  ],

  [
    'deprovision, other parameters',
    deprovisionTemplate,
    { query: 'x=1', found: { kind: 'foreign' } },
    [400, 'request [/w] contains unrecognized parameter: [x]'],
  ],
  ['deprovision, of another tenant', deprovisionTemplate, { found: { kind: 'foreign' } }, [403, FOREIGN]],
  [
    'deprovision, no shared backend role',
    deprovisionTemplate,
    { found: { ...DONE, template: undefined }, user: BOB, settings: FILTERED },
    [403, NOT_ALLOWED],
  ],
  [
    'delete, a boolean',
    deleteTemplate,
    { query: 'clear_status=x', found: { kind: 'foreign' } },
    [400, 'Failed to parse value [x] as only [true] or [false] are allowed.'],
  ],
  ['delete, of another tenant', deleteTemplate, { found: { kind: 'foreign' } }, [403, FOREIGN]],
  [
    'delete, no shared backend role',
    deleteTemplate,
    { found: KEPT, user: BOB, settings: FILTERED },
    [403, NOT_ALLOWED],
  ],

  [
    'plan, of nothing',
    planTemplate,
    { found: KEPT },
    [400, 'The parameter [action] must be one of [provision, reprovision, deprovision].'],
  ],
  [
    'plan, nothing there',
    planTemplate,
    { query: 'action=provision' },
    [404, 'Failed to retrieve template (K1) from global context.'],
  ],
  [
    'plan, what could not be done',
    planTemplate,
    { query: 'action=provision', found: DONE },
    [
      400,
      'The workflow provisioning state is DONE and can not be provisioned unless its state is NOT_STARTED: K1. Deprovision the workflow to reset the state.',
    ],
  ],
  ['plan, what could', planTemplate, { query: 'action=provision', found: KEPT }, undefined],
])('%s', async (_what, route, world, refusal) => {
  expect(await refusedWith(route, world)).toEqual(refusal);
});
