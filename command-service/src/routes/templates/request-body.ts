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
import { checkedValue, type TemplateCall } from '@flowplane/runtime/api';

type Sent = Pick<TemplateCall, 'body' | 'format'>;

/** A body larger than this was refused before. */
const MAX_BYTES = 4_000_000;

/**
 * The body as JSON, not yet checked; undefined: there is none.
 *
 * @throws Refusal 400 INVALID_TEXT with a text that cannot be kept
 */
export function sentBody(call: Sent): Checked<unknown> | undefined {
  const text = textOf(call);
  if (text.trim() === '') return undefined;
  const read = readTemplateBody(isUtf8(call.body) ? text : '', call.format, Math.max(MAX_BYTES, call.body.length));
  if (read.ok) refuseUnkeepable(read.value);
  return read;
}

/**
 * Parameters of the query and the body of a provisioning (provisioning 6.3).
 *
 * @throws TemplateRefusal; Refusal 400 INVALID_TEXT
 */
export function sentParameters(call: Sent, query: QueryPairs): TextMap {
  const text = textOf(call);
  const parameters = checkedValue(readParameters(query, call.format === 'yaml' ? asJson(call, text) : text));
  refuseUnkeepable({ ...parameters });
  return parameters;
}

const textOf = ({ body }: Sent): string => withoutMark(body).toString('utf8');

/** What is no YAML is no JSON either. */
function asJson(call: Sent, text: string): string {
  if (text.trim() === '') return '';
  const read = readTemplateBody(text, call.format, Math.max(MAX_BYTES, call.body.length));
  return read.ok ? JSON.stringify(read.value) : '{';
}

function refuseUnkeepable(value: unknown): void {
  const pointer = unkeepableTextIn(value);
  if (pointer === undefined) return;
  const message = `The text at ${JSON.stringify(pointer)} of the request body holds a NUL or half of a surrogate pair, which cannot be kept.`;
  throw refusal('INVALID_TEXT', { message });
}
