import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { TemplateClient } from './templates.js';

const WAIT = 'wait_for_completion_timeout=100s';
type Opened = { readonly client: TemplateClient; readonly openSearch: string };

/**
 * What the state lists while a deprovisioning runs.
 *
 * @param listedMs how long after it has left the server a resource may still be listed
 */
export function describeOneByOneRemoval(listedMs: number, open: () => Opened): void {
  it('takes resources out of the state one by one, soon after they have left the server', async () => {
    const { client, openSearch } = open();
    const name = `tpl-${randomUUID()}`;
    const pipelines = Array.from({ length: 6 }, (_, at) => `${name}-${at}`);
    const id = await client.create(
      pipelines.map((pipeline_id, at) => ({
        ...{ id: `pipe${at}`, type: 'create_ingest_pipeline' },
        ...(at === 0 ? {} : { previous_node_inputs: { [`pipe${at - 1}`]: 'none' } }),
        user_inputs: { pipeline_id, configurations: { processors: [] } },
      })),
    );
    const made = await client.call('POST', `/${id}/_provision?${WAIT}`);
    expect([made.status, made.body.resources_created?.length]).toEqual([202, pipelines.length]);
    let isOver = false;
    const removed = client.call('POST', `/${id}/_deprovision?allow_delete=${pipelines.join(',')}`).finally(() => {
      isOver = true;
    });
    const goneSince = new Map<string, number>();
    const sizes: number[] = [];
    let longest = 0;
    while (!isOver) {
      const listed = (await client.call('GET', `/${id}/_status`)).body.resources_created ?? [];
      const readAt = performance.now();
      for (const { resource_id } of listed)
        longest = Math.max(longest, readAt - (goneSince.get(resource_id) ?? readAt));
      sizes.push(listed.length);
      const there = (await (await fetch(`${openSearch}/_ingest/pipeline`)).json()) as Readonly<Record<string, unknown>>;
      for (const pipeline of pipelines) {
        if (!(pipeline in there) && !goneSince.has(pipeline)) goneSince.set(pipeline, performance.now());
      }
      await sleep(50);
    }
    expect((await removed).status).toBe(200);
    expect(sizes, 'never longer than before').toEqual(sizes.toSorted((one, other) => other - one));
    expect(new Set(sizes).size, `resources listed: ${sizes.join(' ')}`).toBeGreaterThan(2);
    expect(longest, `ms that a resource was listed after it had left the server, ${sizes.length} samples`).toBeLessThan(
      listedMs,
    );
  });
}
