import { stepType, type JsonObject } from '@flowplane/contracts';

/** Type of the resource that a step makes; empty where it makes none. */
export const resourceTypeOf = (type: string): string => stepType(type)?.resourceType ?? '';

/** Id of the resource that a step is about to make, where the template names it; null where the server does. */
export function resourceToBe(type: string, inputs: JsonObject): string | null {
  const name = inputs[resourceTypeOf(type)];
  return typeof name === 'string' ? name : null;
}
