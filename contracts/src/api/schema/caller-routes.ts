import { Type } from '@sinclair/typebox';
import { ROUTES, type RouteName } from '../routes.js';
import { TEMPLATE_ROUTES, type TemplateRouteName } from '../template-routes.js';
import type { CallerRouteName } from '../caller-routes.js';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, nullable, oneOf, PAGE } from './shapes.js';

const OperationId = oneOf(Object.keys(ROUTES) as readonly RouteName[], {
  $id: 'WorkspaceOperation',
});

const TemplateOperationId = oneOf(Object.keys(TEMPLATE_ROUTES) as readonly TemplateRouteName[], {
  $id: 'TemplateOperation',
});

const MyWorkspace = closed(
  {
    workspaceId: Id,
    operations: Type.Array(OperationId, {
      description: 'The operations of this document, by `operationId`, that the caller is let in to in this workspace.',
    }),
  },
  { $id: 'MyWorkspace' },
);

const Me = closed(
  {
    tenantId: Id,
    actorId: Type.String({ description: 'Under which name the audit has what the caller does.' }),
    credential: oneOf(['gateway', 'jwt', 'api-key'], { $id: 'CredentialKind' }),
    roles: Type.Array(Type.String()),
    scopes: Type.Array(Type.String()),
    privilegeDomain: nullable(Type.String({ description: 'The only domain that the credential is for.' })),
    workspaceId: nullable(Type.String({ description: 'The only workspace that the credential is for.' })),
    operator: Type.Boolean({ description: 'Whether operator routes let the caller in.' }),
    workspaces: Type.Array(MyWorkspace),
    templates: closed(
      {
        operations: Type.Array(TemplateOperationId, {
          description: 'The operations on templates of the tenant that the caller is let in to.',
        }),
      },
      { $id: 'MyTemplates' },
    ),
    nextPageToken: nullable(Type.String()),
  },
  { $id: 'Me' },
);

/** Callers themselves (flows-api 2.4). */
export const CALLER_ROUTE_SCHEMAS = {
  getMe: {
    summary: 'Who the caller is, and what it may do where',
    description:
      'For any good credential. `workspaces` has those of the caller’s tenant that the credential reaches, by name, in pages; ' +
      'a list of operations says what is let in, not that a flow or run is there.',
    query: Type.Object(PAGE),
    answers: { 200: { description: 'The caller.', body: Me } },
    refusals: [],
  },
} as const satisfies Record<CallerRouteName, RouteSchema>;
