import { DEFAULT_CONNECTION, type JsonObject } from '@flowplane/contracts';

/** The connection that an input names; undefined where the operator's own backend is meant. */
export function connectionNameOf(params: JsonObject): string | undefined {
  const name = params['connection'] as string | undefined;
  return name === DEFAULT_CONNECTION ? undefined : name;
}
