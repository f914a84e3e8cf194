import type { HostileCall, HostileCalls } from './hostile-calls.js';

/** A tenant's workspaces, and how it puts flows into them. */
export type HostileWorkspaces = Pick<HostileCalls, 'call' | 'deliver'> & {
  /** Quotas of starts hold per workspace: in turns. */
  readonly workspaceOf: (index: number) => string;
  /** One more that nobody has. */
  readonly newWorkspace: (index: number) => string;
  readonly publish: (flowId: string, definition: object, workspace?: string) => Promise<void>;
  readonly publishEverywhere: (flowId: string, definition: object) => Promise<void>;
  /** Of the webhook of a flow that was published; empty where the publish was refused. */
  readonly secretOf: (flowId: string) => string;
  readonly post: (attack: string, path: string, body: string, more?: Partial<HostileCall>) => Promise<unknown>;
};

const WORKSPACES = 4;
const PATIENT = { prefer: 'wait=60' };

export function makeHostileWorkspaces({ call, deliver, tenantId }: HostileCalls): HostileWorkspaces {
  const main = `w-${tenantId}`;
  const workspaces = Array.from({ length: WORKSPACES }, (_, at) => (at === 0 ? main : `${main}-${at}`));
  const secrets = new Map<string, string>();
  const publish = async (flowId: string, definition: object, workspace = main): Promise<void> => {
    const body = JSON.stringify({ flowId, name: flowId, definition });
    await call('preparing', { method: 'POST', path: '/flows', workspace, body, headers: PATIENT });
    const path = `/flows/${flowId}/versions`;
    const answer = await call('preparing', { method: 'POST', path, workspace, headers: PATIENT });
    const triggers = answer?.body['triggers'] as Triggers | undefined;
    const secret = triggers?.webhooks?.[0]?.secret;
    if (secret !== undefined) secrets.set(flowId, secret);
  };
  return {
    call,
    deliver,
    workspaceOf: (index) => workspaces[index % WORKSPACES] ?? main,
    newWorkspace: (index) => `${main}-taken-${index}`,
    publish,
    publishEverywhere: async (flowId, definition) => {
      for (const workspace of workspaces) await publish(flowId, definition, workspace);
    },
    secretOf: (flowId) => secrets.get(flowId) ?? '',
    post: (attack, path, body, more = {}) => call(attack, { method: 'POST', path, body, ...more }),
  };
}

type Triggers = { readonly webhooks?: readonly { readonly secret: string }[] };
