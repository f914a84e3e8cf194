import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { choosePort, rememberedPorts } from './port-choice.js';
import { freePorts, isPortFree } from './ports.js';

let taken: Server;
let port: number;
let folder: string;

beforeEach(async () => {
  taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  port = (taken.address() as AddressInfo).port;
  folder = await mkdtemp(join(tmpdir(), 'ports-'));
});

afterEach(async () => {
  await new Promise((resolve) => taken.close(resolve));
  await rm(folder, { recursive: true });
});

test('a taken port that was asked for is a message that names the port, its use and the option', async () => {
  const wanted = { port, isFixed: true, option: '--kafka-port' };
  await expect(choosePort('Kafka', wanted, () => undefined)).rejects.toThrow(
    `Port ${port} for Kafka is taken: free it, or choose another with --kafka-port.`,
  );
});

test('a taken default port gives way to the next free one, which is printed', async () => {
  const lines: string[] = [];
  const chosen = await choosePort('Kafka', { port, isFixed: false, option: '--kafka-port' }, (line) =>
    lines.push(line),
  );
  expect(chosen).toBeGreaterThan(port);
  expect(await isPortFree(chosen)).toBe(true);
  expect(lines.join()).toContain(`port ${port} for Kafka is taken: using ${chosen}`);
});

test('free ports are distinct and fit a signed 16-bit number', async () => {
  const ports = await freePorts(40);
  expect(new Set(ports).size).toBe(40);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('inner ports stay the same from start to start while they are free, each kind by itself', async () => {
  const file = join(folder, 'sub', 'ports.json');
  const first = await rememberedPorts(file, 'a', 3);
  const other = await rememberedPorts(file, 'b', 1);
  expect(await rememberedPorts(file, 'a', 3)).toEqual(first);
  expect(await rememberedPorts(file, 'b', 1)).toEqual(other);
  taken.close();
  taken = createServer().listen(first[1], '127.0.0.1');
  await once(taken, 'listening');
  expect(await rememberedPorts(file, 'a', 3)).not.toEqual(first);
});
