import type { IsolatedServices } from '@flowplane/stack';
import { expect, it } from 'vitest';
import { send, type Answer } from './api-client.js';
import { inParallel } from './load.js';
import { makeTemplateClient, noop, templateOf, type TemplateBody } from './templates.js';

const LONG_MS = 120_000;

/** Fifty requests at once against each bound of a tenant. @param open services with multi-tenancy on */
export function describeTemplateBounds(open: () => IsolatedServices): void {
  const fifty = Array.from({ length: 50 }, (_, index) => index);
  const setTo = async (settings: object): Promise<void> => {
    const headers = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
    const answer = await send(`${open().url}/_cluster/settings`, 'PUT', { body: { persistent: settings }, headers });
    expect(answer.status).toBe(200);
  };
  const counted = (answers: readonly Answer<TemplateBody>[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { status, body } of answers) {
      const key = status < 400 ? String(status) : `${status} ${body.error}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };

  it('templates', async () => {
    const many = makeTemplateClient(open().url, 'many');
    await setTo({ 'plugins.flow_framework.max_workflows': 7 });
    const answers = await inParallel(50, 50, () => many.call('POST', '', templateOf([noop('a')])));
    await setTo({ 'plugins.flow_framework.max_workflows': null });
    expect(counted(answers)).toEqual({ 201: 7, '400 Maximum workflows limit reached: 7': 43 });
  });

  it('runs', async () => {
    const busy = makeTemplateClient(open().url, 'busy');
    const ids = await inParallel(50, 10, () => busy.create([noop('a')]));
    await open().stop('executor');
    const provisioned = await inParallel(50, 50, (index) => busy.call('POST', `/${ids[index]}/_provision`));
    expect(counted(provisioned)).toEqual({ 202: 2, '429 Exceeded max simultaneous provisioning requests: 2': 48 });
    let refused = 0;
    const removing = fifty.map(async (index) => {
      const answer = await busy.call('POST', `/${ids[index]}/_deprovision`);
      if (answer.status === 429) refused += 1;
      return answer;
    });
    await expect.poll(() => refused, { timeout: LONG_MS, interval: 100 }).toBe(49);
    await open().start('executor');
    expect(counted(await Promise.all(removing))).toEqual({
      ...{ 200: 1, '429 Exceeded max simultaneous deprovisioning requests: 1': 49 },
    });
  });
}
