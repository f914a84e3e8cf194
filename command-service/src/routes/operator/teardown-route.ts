import { isScopeId, type CommandMeta } from '@flowplane/contracts';
import { operatorRoute, param, queryText, waitPreference, type AccessOptions, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { FastifyInstance } from 'fastify';
import { metaWithoutKey } from '../../submit/command-meta.js';
import type { Teardowns } from './teardown/teardowns.js';
import { stored } from '@flowplane/runtime/read-model';

/** Longest wait for the report where the caller names none. */
const DEFAULT_WAIT_MS = 50_000;

/** Tears a tenant down (flows-api 14). */
export function addTeardownRoute(app: FastifyInstance, access: AccessOptions, teardowns: Teardowns): void {
  operatorRoute(app, access, 'teardownTenant', async (call) => {
    const tenantId = param(call, 'tenantId');
    if (!isScopeId(tenantId)) {
      throw refusal('INVALID_WORKSPACE_ID', { message: 'The tenant id must match ^[A-Za-z0-9_-]{1,64}$.' });
    }
    if (isDryRun(call)) return { status: 200, body: await stored(teardowns.preview(tenantId)) };
    const { waitMs, applied } = waitPreference(call, DEFAULT_WAIT_MS);
    // Of commands about a tenant that is no caller's own: they have no workspace.
    const metaOf = (): CommandMeta => metaWithoutKey({ ...call, tenantId, workspaceId: '' });
    const report = await stored(teardowns.apply(tenantId, call.identity.actorId, metaOf, waitMs));
    const headers = applied === null ? {} : { 'preference-applied': applied };
    if (report !== undefined) return { status: 200, body: report, headers };
    const message = 'The tenant is fenced and the teardown goes on; the same request waits for its report.';
    return {
      status: 202,
      body: { domain_key: 'workflows', status: 'running', message },
      headers: { ...headers, 'retry-after': '1' },
    };
  });
}

/** @throws Refusal 400 INVALID_QUERY */
function isDryRun(call: Call): boolean {
  const text = queryText(call, 'dryRun') ?? 'false';
  if (text !== 'true' && text !== 'false') throw refusal('INVALID_QUERY', { message: 'dryRun must be true or false.' });
  return text === 'true';
}
