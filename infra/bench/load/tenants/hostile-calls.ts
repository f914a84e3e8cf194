import { Agent, request } from 'node:http';
import { webhookSignature } from '@flowplane/contracts';
import { identityHeaders } from '../api-client.js';

/** How often each answer came: attack → status with code, e.g. `429 QUOTA_EXCEEDED command_rate` → count. */
export type AnswerCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a hostile tenant has done. */
export type HostileReport = {
  readonly answers: AnswerCounts;
  /** Bytes of all bodies that it sent, while it prepared too. */
  readonly sentBytes: number;
};

export type HostileCall = {
  readonly method: string;
  /** Below the workspace, e.g. `/flows`. */
  readonly path: string;
  /** Default: the first of the tenant's workspaces. */
  readonly workspace?: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The caller goes away after so many ms, whether an answer came or not. */
  readonly leaveAfterMs?: number;
};

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Calls as one tenant and counts what comes back; what did not come counts as `left` or `no answer`. */
export type HostileCalls = {
  readonly tenantId: string;
  readonly call: (attack: string, call: HostileCall) => Promise<Answer | null>;
  /** A signed delivery to a webhook. */
  readonly deliver: (attack: string, hook: string, secret: string, body: string) => Promise<Answer | null>;
  readonly counts: () => AnswerCounts;
  /** Bytes of all bodies so far. */
  readonly sentBytes: () => number;
};

/** Answers longer than this are read to their end, and not kept. */
const KEPT_BYTES = 65_536;
const MAX_SOCKETS = 128;
/** Longer than any answer may take (flows-api 3.7). */
const LEAVE_AFTER_MS = 70_000;

export function makeHostileCalls(url: string, tenantId: string): HostileCalls {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const { hostname, port } = new URL(url);
  const counts: Record<string, Record<string, number>> = {};
  let sentBytes = 0;
  const count = (attack: string, what: string): void => {
    const of = (counts[attack] ??= {});
    of[what] = (of[what] ?? 0) + 1;
  };

  const call: HostileCalls['call'] = (attack, { method, path, workspace, body, headers = {}, leaveAfterMs }) =>
    new Promise((resolve) => {
      const bytes = body === undefined ? undefined : Buffer.from(body);
      let hasLeft = false;
      const done = (what: string, answer: Answer | null): void => {
        count(attack, what);
        resolve(answer);
      };
      const outgoing = request({
        ...{ agent, hostname, port, method },
        path: `/v1/flows/workspaces/${workspace ?? `w-${tenantId}`}${path}`,
        headers: {
          ...identityHeaders(tenantId),
          ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }),
          ...headers,
        },
      });
      const leave = setTimeout(() => {
        hasLeft = true;
        outgoing.destroy();
      }, leaveAfterMs ?? LEAVE_AFTER_MS);
      outgoing.once('error', () => {
        clearTimeout(leave);
        done(hasLeft ? 'left' : 'no answer', null);
      });
      outgoing.once('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          if (text.length < KEPT_BYTES) text += chunk.toString('utf8');
        });
        response.once('error', () => undefined);
        response.once('close', () => {
          clearTimeout(leave);
          const answer = { status: response.statusCode ?? 0, body: parsed(text) };
          const { code, dimension } = answer.body as { readonly code?: string; readonly dimension?: string };
          done([answer.status, code, dimension].filter((part) => part !== undefined).join(' '), answer);
        });
      });
      sentBytes += bytes?.length ?? 0;
      outgoing.end(bytes);
    });

  return {
    tenantId,
    call,
    deliver: (attack, hook, secret, body) =>
      call(attack, {
        method: 'POST',
        path: `/triggers/webhooks/${encodeURIComponent(hook)}`,
        body,
        headers: { 'x-platform-webhook-signature': webhookSignature(secret, Buffer.from(body)) },
      }),
    counts: () => counts,
    sentBytes: () => sentBytes,
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
