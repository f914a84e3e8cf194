import { ownMember } from '../flow/json.js';
import type { TemplateNode } from './document.js';
import { refuse } from './errors.js';
import { DEFAULT_TIMEOUT_MS, stepType } from './step-types.js';
import { formatTimeValue, readTimeValue } from './time-value.js';

/** Longest time of a node, and of the `delay` of a noop. Timers of the platform end at once beyond 24 days. */
export const MAX_NODE_TIME_MS = 86_400_000;

/**
 * How long a node may take (provisioning 5.2), in milliseconds: its `node_timeout`, else what its type has. Ends the
 * present `checked` when it cannot be read, is negative or too long.
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
  const bad = (reason: string): never =>
    refuse(400, `Failed to parse timeout value [${text}] for field [${field}]. Must be ${reason}`);
  if (time.ms < 0) return bad('positive');
  return time.ms > MAX_NODE_TIME_MS ? bad(`at most ${formatTimeValue(MAX_NODE_TIME_MS)}`) : time.ms;
}
