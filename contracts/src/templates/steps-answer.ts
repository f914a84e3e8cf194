import type { JsonObject } from '../flow/json.js';
import type { Checked } from './errors.js';
import { checked, refuse } from './errors.js';
import type { StepType } from './step-types.js';
import { DEFAULT_TIMEOUT_MS, STEP_TYPES } from './step-types.js';
import { formatTimeValue } from './time-value.js';

/**
 * Answer of `GET /_steps` (provisioning 5.3): what each step type takes and gives.
 *
 * @param names those asked for by `workflow_step`; undefined for all
 */
export function stepsAnswer(names?: readonly string[]): Checked<JsonObject> {
  return checked(() => {
    const shown = STEP_TYPES.filter(({ denied }) => !denied);
    const known = new Set(shown.map(({ type }) => type));
    if (names?.some((name) => !known.has(name)) === true) {
      refuse(400, 'Failed to retrieve workflow step json.');
    }
    const asked = shown.filter(({ type }) => names === undefined || names.includes(type));
    return Object.fromEntries(asked.map((step) => [step.type, showStep(step)]));
  });
}

function showStep({ required, outputs, plugins, timeoutMs }: StepType): JsonObject {
  return {
    inputs: [...required],
    outputs: [...outputs],
    required_plugins: [...plugins],
    ...(timeoutMs === DEFAULT_TIMEOUT_MS ? {} : { timeout: formatTimeValue(timeoutMs) }),
  };
}
