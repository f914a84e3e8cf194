import { header, queryText, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';

/**
 * The revision a client expects: `If-Match: "<n>"` (or `W/"<n>"`), `expectedVersion` in the body, or (DELETE) in the query.
 *
 * @returns null when it expects none
 * @throws Refusal 400 INVALID_REVISION when one is malformed or two differ
 */
export function expectedRevision(call: Call, body: Readonly<Record<string, unknown>>): number | null {
  const given = [fromIfMatch(call), fromBody(body), call.method === 'DELETE' ? fromQuery(call) : null];
  const revisions = [...new Set(given.filter((revision) => revision !== null))];
  if (revisions.length > 1) throw refusal('INVALID_REVISION');
  return revisions[0] ?? null;
}

function fromIfMatch(call: Call): number | null {
  const text = header(call, 'if-match');
  if (text === undefined || text.trim() === '*') return null;
  // A proxy that compresses answers makes tags weak; ours are of the revision alone.
  return revision(/^(?:W\/)?"(\d+)"$/.exec(text.trim())?.[1]);
}

function fromBody(body: Readonly<Record<string, unknown>>): number | null {
  const value = body['expectedVersion'];
  if (value === undefined || value === null) return null;
  return revision(typeof value === 'number' || typeof value === 'string' ? String(value) : undefined);
}

function fromQuery(call: Call): number | null {
  const text = queryText(call, 'expectedVersion');
  return text === undefined ? null : revision(text);
}

function revision(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,14}$/.test(text)) throw refusal('INVALID_REVISION');
  return Number(text);
}
