import {
  decodeMessage,
  DEFAULT_PROVISIONING_SETTINGS,
  readTemplate,
  type Command,
  type Identity,
  type ProvisioningSettings,
  type Template,
  type TemplateUser,
} from '@flowplane/contracts';
import type { TemplateCall } from '@flowplane/runtime/api';
import type { InstalledPlugins } from '@flowplane/runtime/provisioning';
import type { planTemplate } from '../src/routes/templates/plan-route.js';
import { makeRunEnds } from '../src/routes/templates/run-ends.js';
import type { FoundTemplate, StoredTemplate, TemplateContext } from '../src/routes/templates/template-context.js';

/** Requests about templates, and a context that shows what they would have sent. */

export const node = (id: string, type: string, inputs: object = {}) => ({ id, type, user_inputs: inputs });
export const NOOP = node('a', 'noop');
export const body = (...nodes: readonly object[]) =>
  JSON.stringify({ name: 'demo', workflows: { provision: { nodes } } });
export function template(text: string): Template {
  const read = readTemplate(JSON.parse(text));
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

export const ALICE: TemplateUser = { name: 'alice', backend_roles: ['ops'], roles: [], custom_attribute_names: [] };
export const KEPT: StoredTemplate = {
  ...{ kind: 'own', template: template(body(NOOP)), revision: 1, owner: ALICE, state: 'NOT_STARTED' },
  ...{ progress: 'NOT_STARTED', error: null, errorStatus: null, resources: [], completed: [] },
  ...{ provisioning: null, deprovisioning: null },
};
export const DONE: StoredTemplate = { ...KEPT, state: 'COMPLETED', progress: 'DONE' };
const IDENTITY: Identity = {
  ...{ tenantId: 'T', boundWorkspaceId: null, actorId: 'alice', hasSubject: true, kind: 'gateway' },
  ...{ dbRole: 'flows_app', roles: [], backendRoles: [], scopes: [], workspaceIds: null },
  ...{ privilegeDomain: null, expiresAt: null },
};

export type World = {
  readonly query?: string;
  readonly body?: string;
  readonly found?: FoundTemplate;
  readonly user?: TemplateUser;
  readonly settings?: Partial<ProvisioningSettings>;
  readonly plugins?: InstalledPlugins;
};

export const callOf = ({ query = '', body: text = '', user, settings }: World): TemplateCall => ({
  ...{ tenantId: 'T', workspaceId: '_tpl', correlationId: 'correlation', traceparent: null, method: 'POST', url: '/w' },
  ...{ params: { templateId: 'K1' }, query: {}, headers: {}, mediaType: '', path: '/w', format: 'json' },
  ...{ body: Buffer.from(text), signal: new AbortController().signal, onOver: () => undefined },
  ...{ isLetIn: () => Promise.resolve(true), identity: IDENTITY, user, isAdmin: false, foreignStatus: 403 },
  settings: { ...DEFAULT_PROVISIONING_SETTINGS, ...settings },
  pairs: [...new URLSearchParams(query)],
});

/** What would have been appended: the log of this context fails with it. */
export class Sent extends Error {
  constructor(readonly command: Command) {
    super(command.type);
  }
}

export const contextOf = ({ found = { kind: 'none' }, plugins = 'unknown' }: World) =>
  ({
    ...{ partitions: 1, source: 'test', commandWaitMs: 60_000, maxRunWaitMs: 0, runEnds: makeRunEnds() },
    rates: { admit: () => undefined, charge: () => undefined },
    guard: { admit: () => undefined },
    projected: () => Promise.resolve(true),
    templateOf: () => Promise.resolve(found),
    cluster: { installedPlugins: () => Promise.resolve(plugins) },
    secretStore: { put: () => Promise.resolve([]), get: () => Promise.resolve(new Map()) },
    tail: {
      reached: () => ({ partition: 0, offset: 1 }),
      decided: () => ({ promise: new Promise(() => undefined), drop: () => undefined }),
    },
    producer: {
      append: ({ value }: { readonly value: Buffer }) => {
        const message = decodeMessage(value);
        if (message.kind !== 'command') throw new TypeError('no command was appended');
        throw new Sent(message.command);
      },
    },
  }) as unknown as TemplateContext & Parameters<typeof planTemplate>[0];
