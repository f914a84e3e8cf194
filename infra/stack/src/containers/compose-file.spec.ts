import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { KAFKA_VERSION } from '../artifacts/kafka-jars.js';
import { TEMPORAL_VERSION } from '../artifacts/temporal-binaries.js';
import { SHARED_BROKER_SETTINGS } from '../kafka/broker-settings.js';
import { repoRoot } from '../paths.js';
import { POSTGRES_SETTINGS } from '../postgres/postgres-server.js';
import { HISTORY_SHARDS } from '../temporal/temporal-config.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
}

async function services(): Promise<Readonly<Record<string, Service>>> {
  const text = await readFile(join(repoRoot(), 'infra/stack/compose.yaml'), 'utf8');
  return (parse(text) as { services: Record<string, Service> }).services;
}

test('the containers have the versions of the native stack', async () => {
  const { kafka, temporal, 'temporal-schema': schema } = await services();
  expect([kafka?.image, temporal?.image, schema?.image]).toEqual([
    `apache/kafka:${KAFKA_VERSION}`,
    `temporalio/server:${TEMPORAL_VERSION}`,
    `temporalio/admin-tools:${TEMPORAL_VERSION}`,
  ]);
});

test('the broker in a container has the settings of the native one', async () => {
  const { kafka } = await services();
  const expected = Object.entries(SHARED_BROKER_SETTINGS).map(([key, value]) => [
    `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`,
    value,
  ]);
  expect(kafka?.environment).toMatchObject(Object.fromEntries(expected));
});

test('PostgreSQL and Temporal in containers have the settings of the native ones', async () => {
  const { postgres, temporal } = await services();
  for (const name of ['max_connections', 'shared_buffers']) {
    expect(postgres?.command).toContain(`${name}=${POSTGRES_SETTINGS[name]}`);
  }
  expect(temporal?.environment['NUM_HISTORY_SHARDS']).toBe(String(HISTORY_SHARDS));
});

test('every port is open on loopback only, and every dependency exists', async () => {
  const all = await services();
  for (const service of Object.values(all)) {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const name of Object.keys(service.depends_on ?? {})) expect(all).toHaveProperty(name);
  }
});
