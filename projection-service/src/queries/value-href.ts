import { ROUTES, WORKSPACE_BASE } from '@flowplane/contracts';
import { param, type Call } from '@flowplane/runtime/api';

/** A value of a run, or with `nodeId` of one of its nodes. */
export type ValueName = { readonly of: 'input' | 'output' | 'result'; readonly nodeId?: string };

/** Path of a value of the run that a call is about. */
export function valueHref(call: Pick<Call, 'params' | 'workspaceId'>, name: ValueName): string {
  const parameters: Readonly<Record<string, string>> = {
    workspaceId: call.workspaceId,
    flowId: param(call, 'flowId'),
    executionId: param(call, 'executionId'),
  };
  const path = `${WORKSPACE_BASE}${ROUTES.getExecutionValue.path}`.replaceAll(/:([A-Za-z]+)/g, (_text, parameter) =>
    encodeURIComponent(parameters[String(parameter)] ?? ''),
  );
  return `${path}?${new URLSearchParams({ ...name }).toString()}`;
}
