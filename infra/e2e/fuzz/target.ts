import { webhookSignature, ROUTES, type RouteSpec } from '@flowplane/contracts';
import type { IsolatedServices } from '@flowplane/stack';
import { publishWebhooks, secretsOf, webhookFlow } from '../driver/webhooks.js';
import { credentialsOf } from '../isolation/callers.js';
import { makeWorld } from '../isolation/world.js';
import { percentEncoded, type FuzzRequest, type IdChoice } from './requests.js';
import type { Answered, Sent } from './send.js';

/** The running system as requests see it: its tenants, and the ids it has told. */
export type Target = {
  readonly sentFor: (request: FuzzRequest) => Sent;
  /** Remembers the ids that an answer holds. */
  readonly learn: (answer: Answered) => void;
};

/** By path parameter; the newest of them. */
const MAX_SEEN = 200;
const LEARNED = /"(executionId|commandId|deliveryId|triggerId)":"([^"\\]{1,400})"/g;
/** Of publishes and rotations. */
const SECRETS = /"triggerId":"([^"\\]+)","secret":"([^"\\]+)"/g;
/** Of keys that requests have made: those that callers have are not to be removed. */
const MADE_KEYS = /"(keyId)":"([^"\\]+)","type":"\w+","key":/g;
const LEARNED_CHARACTERS = 100_000;
/** A command that is not decided soon is answered 202: no lane waits long for it. */
const WAIT = { prefer: 'wait=5' };

export async function openTarget({ url }: IsolatedServices): Promise<Target> {
  const world = await makeWorld(url);
  const { client } = world.own;
  const secrets = new Map(Object.entries(secretsOf(await publishWebhooks(client, 'hooked', webhookFlow()))));
  const seen = new Map<string, string[]>(Object.entries(world.own.ids).map(([name, id]) => [name, [id]] as const));
  seen.get('flowId')?.push(world.own.deskFlowId, 'hooked');
  seen.set('triggerId', [...secrets.keys()]);
  const keys = {
    ...world.own.keys,
    otherWorkspace: world.side.keys.service,
    otherTenant: world.stranger.keys.service,
  };

  const seenId = (name: string, index: number): string => {
    const known = seen.get(name) ?? ['unknown'];
    return known[index % known.length] ?? '';
  };
  /** The id that a choice means; a flow that was seen is the one of the run beside it. */
  const idOf = (name: string, ids: FuzzRequest['ids']): string => {
    const id = ids[name] as IdChoice;
    if (id.kind !== 'seen') return id.text;
    const run = name === 'flowId' && ids['executionId']?.kind === 'seen' ? idOf('executionId', ids) : undefined;
    return run?.split(':')[2] ?? seenId(name, id.index);
  };
  const inPath = (name: string, ids: FuzzRequest['ids']): string =>
    ids[name]?.kind === 'raw' ? idOf(name, ids) : percentEncoded(idOf(name, ids));
  return {
    sentFor: ({ operation, method, caller, ids, query, headers, body, isSigned }) => {
      const path = operation.path.replaceAll(/:(\w+)/g, (_, name: string) => inPath(name, ids));
      const domain = (ROUTES as Readonly<Record<string, RouteSpec>>)[operation.name]?.domain;
      const secret = operation.name === 'receiveWebhook' && isSigned ? secrets.get(idOf('triggerId', ids)) : undefined;
      return {
        ...{ url, method, body },
        target: query === '' ? path : `${path}?${query}`,
        headers: {
          ...(operation.isCommand ? WAIT : {}),
          ...(secret === undefined
            ? {}
            : { 'x-platform-webhook-signature': webhookSignature(secret, body ?? Buffer.alloc(0)) }),
          ...credentialsOf(caller, domain === 'data_access' ? 'D' : 'A', keys),
          ...headers,
        },
      };
    },
    learn: ({ text }) => {
      const shown = text.slice(0, LEARNED_CHARACTERS);
      for (const [, name = '', id = ''] of [...shown.matchAll(LEARNED), ...shown.matchAll(MADE_KEYS)]) {
        const known = seen.get(name) ?? [];
        if (!known.includes(id)) seen.set(name, [...known, id].slice(-MAX_SEEN));
      }
      for (const [, triggerId = '', secret = ''] of shown.matchAll(SECRETS)) secrets.set(triggerId, secret);
    },
  };
}
