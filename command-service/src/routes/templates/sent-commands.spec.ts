import { THIS_RELEASE, writeAs, type CreateTemplate } from '@flowplane/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { body, callOf, contextOf, DONE, KEPT, node, NOOP, Sent, type World } from '../../../test/template-requests.js';
import { provisionTemplate } from './provision-routes.js';
import { deleteTemplate, deprovisionTemplate } from './removal-routes.js';
import { createTemplate, updateTemplate } from './write-routes.js';

test('what an update of fields sends replaces no more than it says', async () => {
  const text = JSON.stringify({ name: 'n', description: ' ', use_case: '', version: { compatibility: [] } });
  const world = { query: 'update_fields=true', body: text, found: DONE };
  const sent = await updateTemplate(contextOf(world), callOf(world)).catch((cause: unknown) => cause);
  expect(sent).toMatchObject({
    command: { type: 'UpdateTemplate', data: { scope: 'fields', template: '{"name":"n"}' } },
  });
});

test('a command carries credentials as ids of secrets only, what the server knows not at all', async () => {
  const connector = node('c', 'create_connector', { name: 'x', credential: { key: 'geheim' } });
  const text = JSON.stringify({ ...(JSON.parse(body(connector)) as object), user: { name: 'eve' }, created_time: 7 });
  const world = { query: 'validation=off', body: text };
  const sent = await createTemplate(contextOf(world), callOf(world)).catch((cause: unknown) => cause);
  const { command } = sent as Sent;
  const { secretIds, template: kept } = command.data as {
    readonly secretIds: readonly string[];
    readonly template: string;
  };
  expect(secretIds).toEqual([`${command.meta.commandId}.0`]);
  expect(kept).toContain(`{"$secret":"${secretIds[0]}"}`);
  expect(JSON.stringify(command)).not.toMatch(/geheim|eve|createdTime/);
});

test.each([
  ['create', createTemplate, { kind: 'none' }],
  ['update', updateTemplate, KEPT],
] as const)('with a provisioning %s is one command, with the plan of what it stores', async (_what, route, found) => {
  const tool = { ...node('t', 'noop'), user_inputs: { delay: '${{ pause }}' } };
  const world = { query: 'provision=true&pause=1s&wait_for_completion_timeout=1s', body: body(tool), found };
  const sent = await route(contextOf(world), callOf(world)).catch((cause: unknown) => cause);
  const { data } = (sent as Sent).command as CreateTemplate;
  expect(data.provision).toMatchObject({ taskPollMs: 5000, maxActive: null, verdict: null });
  expect(data.provision?.executionId).toContain(`T:_tpl:${data.templateId}:`);
  expect(JSON.parse(data.provision?.plan ?? '')).toMatchObject({
    ...{ kind: 'provision', workflowId: data.templateId, parameters: { pause: '1s' } },
    nodes: [{ id: 't', action: 'create' }],
  });
});

test('secrets of a template and of its parameters are kept together, before the command is sent', async () => {
  const connector = node('c', 'create_connector', {
    ...{ name: 'x', description: 'y', version: '1', protocol: 'http', parameters: {}, actions: [] },
    credential: { key: 'geheim', other: '${{ hidden }}' },
  });
  const world = { query: 'validation=off&provision=true&hidden=versteckt', body: body(connector) };
  const kept: unknown[] = [];
  const context = { ...contextOf(world), secretStore: { put: (batch: unknown) => Promise.resolve(kept.push(batch)) } };
  const sent = await createTemplate(context as never, callOf(world)).catch((cause: unknown) => cause);
  const { command } = sent as Sent;
  const { secretIds, provision } = command.data as CreateTemplate['data'];
  const { commandId } = command.meta;
  expect(provision?.verdict).toBeNull();
  const values = [expect.stringContaining('geheim') as string, 'versteckt'];
  expect(kept).toMatchObject([{ commandId, values }]);
  expect([secretIds, provision?.secretIds]).toEqual([[`${commandId}.0`], [`${commandId}.0`, `${commandId}.1`]]);
  expect(JSON.parse(provision?.plan ?? '')).toMatchObject({ parameters: { hidden: { $secret: `${commandId}.1` } } });
  expect(JSON.stringify(command)).not.toMatch(/geheim|versteckt/);
});

test('a template that is to be provisioned and cannot be is stored with the reason', async () => {
  const world = { query: 'validation=off&provision=true', body: body(NOOP, NOOP) };
  const sent = await createTemplate(contextOf(world), callOf(world)).catch((cause: unknown) => cause);
  const { data } = (sent as Sent).command as CreateTemplate;
  expect([data.verdict, data.provision?.verdict?.message]).toEqual([null, 'Duplicate node id a.']);
});

test('nobody asks which plugins there are for a template that needs none', async () => {
  const world = { query: 'provision=true', body: body(NOOP), found: KEPT };
  const asked = { ...contextOf(world), cluster: { installedPlugins: () => Promise.reject(new Error('asked')) } };
  for (const route of [createTemplate, updateTemplate, provisionTemplate]) {
    const call = route === provisionTemplate ? { ...world, query: '', body: '' } : world;
    await expect(route(asked, callOf(call))).rejects.toBeInstanceOf(Sent);
  }
});

const ML = node('m', 'register_model_group', { name: 'group' });

test('a cluster that does not answer is waited for once, where a template is checked and provisioned', async () => {
  const world = { query: 'provision=true', body: body(ML), found: KEPT };
  for (const route of [createTemplate, updateTemplate]) {
    let asked = 0;
    const installedPlugins = () => Promise.resolve(((asked += 1), 'unknown' as const));
    await expect(route({ ...contextOf(world), cluster: { installedPlugins } }, callOf(world))).rejects.toBeInstanceOf(
      Sent,
    );
    expect(asked).toBe(1);
  }
});

test('a create that is refused is sent with its refusal: a repeat of an earlier one gets the answer of that', async () => {
  const world = { body: body(NOOP, NOOP) };
  const sent = await createTemplate(contextOf(world), callOf(world)).catch((cause: unknown) => cause);
  expect(sent).toMatchObject({
    command: { type: 'CreateTemplate', data: { template: '{}', verdict: { message: 'Duplicate node id a.' } } },
  });
});

/** A context in which everything that takes time fails. */
const idleContext = (world: World) => {
  const fails = (): Promise<never> => Promise.reject(new Error('read'));
  const context = contextOf(world);
  return {
    ...{ ...context, projected: fails, templateOf: fails, cluster: { installedPlugins: fails } },
    secretStore: { put: fails, get: fails },
  };
};

const WRITES = [
  ['create', createTemplate, { body: body(ML) }],
  ['update', updateTemplate, { body: body(ML) }],
  ['provision', provisionTemplate, {}],
  ['deprovision', deprovisionTemplate, {}],
  ['delete', deleteTemplate, {}],
] as const;
test.each(WRITES)('%s reads nothing for a tenant that may send no command now', async (_what, route, world) => {
  const admit = (): never => {
    throw new Error('too many commands');
  };
  const context = { ...idleContext(world), rates: { admit, charge: () => undefined } };
  const call = { ...callOf(world), headers: { 'idempotency-key': 'k' } };
  await expect(route(context, call)).rejects.toThrow('too many commands');
});

describe('while 0.3 is written for', () => {
  beforeEach(() => writeAs('0.3'));
  afterEach(() => writeAs(THIS_RELEASE));

  test.each([
    ['create', createTemplate],
    ['update', updateTemplate],
  ] as const)('with a provisioning %s is refused before any work; one without goes on', async (_what, route) => {
    const world = { query: 'provision=true', body: body(ML), found: KEPT };
    await expect(route(idleContext(world), callOf(world))).rejects.toMatchObject({
      problem: { status: 503, code: 'UPGRADE_UNDER_WAY' },
    });
    const alone = { body: body(NOOP), found: KEPT };
    await expect(route(contextOf(alone), callOf(alone))).rejects.toBeInstanceOf(Sent);
  });
});
