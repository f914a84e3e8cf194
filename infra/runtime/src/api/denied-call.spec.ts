import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeIdentifyAny, makeIdentifyCaller } from '../identity/index.js';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { buildServer, refusal } from '@flowplane/plumbing/http';
import { flowRoute, operatorRoute, prepareFlowRoutes, signedRoute, type DeniedCall } from './index.js';

let app: FastifyInstance;
let denials: DeniedCall[];

beforeEach(() => {
  denials = [];
  app = buildServer({
    logger: makeLogger({ service: 'spec', level: 'silent' }),
    metrics: makeMetrics(),
    maxBodyBytes: 1000,
    missing: () => Promise.resolve([]),
  });
  prepareFlowRoutes(app);
  const credentials = {
    findApiKey: () => Promise.resolve(undefined),
    verifyJwt: undefined,
    gatewayTrust: { believed: true, secret: undefined },
  };
  const access = {
    identify: makeIdentifyCaller(credentials),
    identifyAny: makeIdentifyAny(credentials),
    binding: 'strict',
    registry: 'claim',
    ownerOf: (workspaceId: string) => Promise.resolve({ W: 'T', secret: 'globex' }[workspaceId]),
    onDenied: (denied: DeniedCall) => void denials.push(denied),
  } as const;
  const done = () => Promise.resolve({ status: 200, body: {} });
  flowRoute(app, access, 'createFlow', () => Promise.reject(refusal('CROSS_TENANT_VIOLATION')));
  flowRoute(app, access, 'listFlows', done);
  flowRoute(app, access, 'signalExecution', done);
  signedRoute(app, access, 'receiveWebhook', done);
  operatorRoute(app, access, 'createApiKey', done);
  operatorRoute(app, access, 'listApiKeys', done);
});
afterEach(() => app.close());

const ask = async (method: 'GET' | 'POST', url: string, headers: Readonly<Record<string, string>> = {}) => {
  const caller = { 'x-tenant-id': 'T', 'x-auth-subject': 'alice', 'x-correlation-id': 'correlation-1' };
  const { statusCode } = await app.inject({ method, url, headers: { ...caller, ...headers } });
  return statusCode;
};
const reported = () =>
  denials.map(({ workspaceId, command, problem, flowId, executionId, identity, correlationId }) => {
    expect([identity.tenantId, identity.actorId, correlationId]).toEqual(['T', 'alice', 'correlation-1']);
    return [command, problem.code, workspaceId, flowId, executionId];
  });

const SIGNAL = (workspace: string, flow: string, run: string) =>
  `/v1/flows/workspaces/${workspace}/flows/${flow}/executions/${encodeURIComponent(run)}/signals/review`;

describe('a denied call', () => {
  it('of the role gate is reported with the workspace it was about', async () => {
    expect(await ask('POST', '/v1/flows/workspaces/W/flows', { 'x-actor-roles': 'viewer' })).toBe(403);
    expect(reported()).toEqual([['flow.create', 'FORBIDDEN', 'W', null, null]]);
  });

  it('in a workspace of another tenant is reported without any id of the path', async () => {
    expect(await ask('POST', SIGNAL('secret', 'hidden', 'globex:secret:hidden:1'))).toBe(403);
    expect(reported()).toEqual([['execution.signal', 'CROSS_TENANT_VIOLATION', '', null, null]]);
  });

  it('of somebody bound elsewhere is reported where that is, with no id of the path', async () => {
    expect(await ask('POST', SIGNAL('V', 'hidden', 'T:V:hidden:1'), { 'x-workspace-id': 'W' })).toBe(403);
    expect(reported()).toEqual([['execution.signal', 'FORBIDDEN', 'W', null, null]]);
  });

  it('of the wrong domain is reported with the caller’s own ids, and with no other’s', async () => {
    const wrong = { 'x-privilege-domain': 'structural_admin' };
    await ask('POST', SIGNAL('W', 'f', 'T:W:f:1'), wrong);
    await ask('POST', SIGNAL('W', 'f', 'globex:secret:f:1'), wrong);
    await ask('POST', SIGNAL('W', 'x'.repeat(500), 'T:W:f:1'), wrong);
    expect(reported()).toEqual([
      ['execution.signal', 'PRIVILEGE_DOMAIN_MISMATCH', 'W', 'f', 'T:W:f:1'],
      ['execution.signal', 'PRIVILEGE_DOMAIN_MISMATCH', 'W', 'f', null],
      ['execution.signal', 'PRIVILEGE_DOMAIN_MISMATCH', 'W', null, null],
    ]);
  });

  it('by the handler is reported as well', async () => {
    expect(await ask('POST', '/v1/flows/workspaces/W/flows', { 'x-actor-roles': 'tenant_owner' })).toBe(403);
    expect(reported()).toEqual([['flow.create', 'CROSS_TENANT_VIOLATION', '', null, null]]);
  });

  it('of an operator route is reported under the caller’s tenant, with the bound workspace or none', async () => {
    const url = '/v1/internal/flows/workspaces/secret/api-keys';
    expect(await ask('POST', url)).toBe(403);
    expect(await ask('POST', url, { 'x-workspace-id': 'W' })).toBe(403);
    expect(reported()).toEqual([
      ['api_key.create', 'FORBIDDEN', '', null, null],
      ['api_key.create', 'FORBIDDEN', 'W', null, null],
    ]);
  });

  it('of a signed delivery is reported with the bound workspace or none, as it may be somebody else’s', async () => {
    const url = (workspace: string) => `/v1/flows/workspaces/${workspace}/triggers/webhooks/f%3Awebhook%3Adefault`;
    const wrong = { 'x-privilege-domain': 'structural_admin' };
    expect(await ask('POST', url('V'), { 'x-workspace-id': 'W' })).toBe(403);
    expect(await ask('POST', url('W'), { 'x-workspace-id': 'W', ...wrong })).toBe(403);
    expect(await ask('POST', url('secret'), wrong)).toBe(403);
    expect(await ask('POST', url('V'), { 'x-tenant-id': '' })).toBe(200);
    expect(reported()).toEqual([
      ['execution.start', 'FORBIDDEN', 'W', null, null],
      ['execution.start', 'PRIVILEGE_DOMAIN_MISMATCH', 'W', null, null],
      ['execution.start', 'PRIVILEGE_DOMAIN_MISMATCH', '', null, null],
    ]);
  });

  it('is none where nothing is changed, nobody is known, or the refusal is another', async () => {
    expect(await ask('GET', '/v1/flows/workspaces/secret/flows')).toBe(403);
    expect(await ask('GET', '/v1/internal/flows/workspaces/secret/api-keys')).toBe(403);
    expect(await ask('POST', '/v1/flows/workspaces/W/flows', { 'x-tenant-id': '' })).toBe(401);
    expect(await ask('POST', '/v1/flows/workspaces/a%3Ab/flows')).toBe(400);
    expect(reported()).toEqual([]);
  });
});
