import { isUtf8 } from 'node:buffer';
import {
  readParameters,
  readTemplateBody,
  unkeepableTextIn,
  type Checked,
  type QueryPairs,
  type TextMap,
} from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { withoutMark } from '@flowplane/plumbing/json';
import { checkedValue } from './template-answer.js';
import type { TemplateCall } from './template-route.js';

type Sent = Pick<TemplateCall, 'body' | 'format'>;

/** What the aliases of a YAML body may make of it at least; a body that is larger itself was refused before, or may be. */
const MAX_BYTES = 4_000_000;

/**
 * The body of any route of templates as JSON, not yet checked (provisioning 1.2); undefined: there is none. What is no
 * UTF-8 cannot be read. The refusal is that of a template; other routes word their own.
 *
 * @throws Refusal 400 INVALID_TEXT with a text that cannot be kept
 */
export function sentBody({ body, format }: Sent): Checked<unknown> | undefined {
  const text = isUtf8(body) ? withoutMark(body).toString('utf8') : UNREADABLE;
  if (text.trim() === '') return undefined;
  const read = readTemplateBody(text, format, Math.max(MAX_BYTES, body.length));
  if (read.ok) refuseUnkeepable(read.value);
  return read;
}
/** Neither JSON nor YAML. */
const UNREADABLE = '{';

/** As `sentBody`, for readers that refuse what is no object: null stands for what cannot be read. */
export function sentValue(call: Sent): unknown {
  const body = sentBody(call);
  return body === undefined || body.ok ? body?.value : null;
}

/**
 * Parameters of the query and the body of a provisioning (provisioning 6.3).
 *
 * @throws TemplateRefusal; Refusal 400 INVALID_TEXT
 */
export const sentParameters = (call: Sent, query: QueryPairs): TextMap =>
  checkedValue(readParameters(query, sentValue(call)));

function refuseUnkeepable(value: unknown): void {
  const pointer = unkeepableTextIn(value);
  if (pointer === undefined) return;
  const message = `The text at ${JSON.stringify(pointer)} of the request body holds a NUL or half of a surrogate pair, which cannot be kept.`;
  throw refusal('INVALID_TEXT', { message });
}
