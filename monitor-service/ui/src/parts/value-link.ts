import type { CallOf } from '@flowplane/contracts/client';

/** What stands beside a value that is left out because it is large (flows-api 6.9). */
export type ValueLink = { readonly href: string; readonly bytes: number; readonly preview: string };

type ValueCall = Pick<CallOf<'getExecutionValue'>, 'params'> & Required<Pick<CallOf<'getExecutionValue'>, 'query'>>;

/** The call that a link leads to; undefined: it leads elsewhere. */
export function valueCallOf({ href }: ValueLink): ValueCall | undefined {
  const { pathname, searchParams } = new URL(href, 'http://any');
  const [, flowId, executionId] = /\/flows\/([^/]+)\/executions\/([^/]+)\/value$/.exec(pathname) ?? [];
  if (flowId === undefined || executionId === undefined) return undefined;
  const params = { flowId: decodeURIComponent(flowId), executionId: decodeURIComponent(executionId) };
  return { params, query: Object.fromEntries(searchParams) as ValueCall['query'] };
}
