import { ownMember } from '../flow/json.js';
import type { TemplateNode } from './document.js';
import { refuse } from './errors.js';
import { DEFAULT_TIMEOUT_MS, stepType } from './step-types.js';
import { readTimeValue } from './time-value.js';

/**
 * How long a node may take (provisioning 5.2), in milliseconds: its `node_timeout`, else what its type has. Ends the
 * present `checked` when it cannot be read or is negative.
 */
export function nodeTimeoutMs(node: TemplateNode): number {
  const value = ownMember(node.userInputs, 'node_timeout');
  if (value === undefined) {
    return stepType(node.type)?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }
  const field = `${node.id}.user_inputs.node_timeout`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const time = readTimeValue(text, field);
  if (!time.ok) {
    return refuse(400, time.message);
  }
  return time.ms < 0
    ? refuse(400, `Failed to parse timeout value [${text}] for field [${field}]. Must be positive`)
    : time.ms;
}
