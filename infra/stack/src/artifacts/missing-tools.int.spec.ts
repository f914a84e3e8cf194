import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KAFKA_VERSION } from './kafka-jars.js';
import { assertOpenSearchTools, assertToolsPresent } from './missing-tools.js';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
});

afterEach(() => rm(cache, { recursive: true }));

test('one message names every missing program and both ways out', () => {
  const check = (): void => assertToolsPresent({ kafka: true, temporal: true }, cache, '/nowhere');
  expect(check).toThrow(/java: [^]*mvn: [^]*go: [^]*install them, or [^]*npm start -- --docker/);
});

test('a program is not asked for where its part runs elsewhere or is fetched already', async () => {
  await mkdir(join(cache, `kafka-${KAFKA_VERSION}`));
  expect(() => assertToolsPresent({ kafka: false, temporal: false }, cache, '/nowhere')).not.toThrow();
  const check = (): void => assertToolsPresent({ kafka: true, temporal: false }, cache, '/nowhere');
  expect(check).toThrow(/java/);
  expect(check).not.toThrow(/mvn|go:/);
});

test('what OpenSearch is missing is named once, with what needs it', () => {
  const check = (): void => assertOpenSearchTools({ maven: true, compiler: true }, '/nowhere');
  expect(check).toThrow(/OpenSearch needs[^]*java: [^]*javac: a JDK[^]*mvn: [^]*it fetches OpenSearch/);
  const fetched = (): void => assertOpenSearchTools({ maven: false, compiler: false }, '/nowhere');
  expect(fetched).toThrow(/java: /);
  expect(fetched).not.toThrow(/mvn|javac/);
});
