import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StackFault } from '../fault.js';
import { repoRoot } from '../paths.js';
import { openContainerStack, planContainers } from './container-stack.js';

it('gives every variable that the compose file reads, and each run its own names and ports', async () => {
  const compose = readFileSync(join(repoRoot(), 'infra', 'stack', 'compose.yaml'), 'utf8');
  const read = new Set([...compose.matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map(([, name]) => name));
  const [one, other] = [await planContainers(), await planContainers()];
  expect(new Set(Object.keys(one.env))).toEqual(read);
  expect(one.project).not.toBe(other.project);
  expect(one.endpoints).toMatchObject({
    kafkaBrokers: `127.0.0.1:${one.env['KAFKA_PORT']}`,
    temporalAddress: `127.0.0.1:${one.env['TEMPORAL_PORT']}`,
  });
  expect(one.endpoints.dbUrl).toContain(`:${one.env['POSTGRES_PASSWORD']}@127.0.0.1:${one.env['POSTGRES_PORT']}/`);
});

it('says what to do where no engine answers, and leaves nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'containers-'));
  const noEngine = () => Promise.reject(new Error('Could not find a working container runtime strategy'));
  const stack = await openContainerStack(folder, () => undefined, noEngine);
  await expect(stack.endpoints).rejects.toThrow(/container runtime strategy[^]*start Docker \(or set DOCKER_HOST\)/);
  await expect(stack.endpoints).rejects.toBeInstanceOf(StackFault);
  await stack.close();
  expect(existsSync(folder)).toBe(false);
});
