import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharedOpenSearch } from '../opensearch/shared-server.js';
import { offerOpenSearch, type OpenSearchOnDemand, type StartServer } from './opensearch-on-demand.js';

let temporary: string;
let offered: OpenSearchOnDemand;
let starts = 0;

const offer = async (start: StartServer): Promise<void> => {
  offered = await offerOpenSearch(temporary, { cache: temporary, report: () => undefined, start });
};
const ask = (): Promise<string> => sharedOpenSearch(offered.env);

beforeEach(async () => {
  starts = 0;
  temporary = await mkdtemp(join(tmpdir(), 'on-demand-'));
});
afterEach(async () => {
  await offered.close();
  await rm(temporary, { recursive: true, force: true });
});

test('one server is started for all who ask, and none where nobody does', async () => {
  await offer(() => Promise.resolve(`http://server-${(starts += 1)}`));
  expect(await readdir(temporary)).toEqual([]);
  expect(await Promise.all([ask(), ask()])).toEqual(['http://server-1', 'http://server-1']);
  expect(await ask()).toBe('http://server-1');
  expect(starts).toBe(1);
  await offered.close();
  expect(await readdir(temporary)).toEqual([]);
});

test('a caller gets the reason why it could not be started, and the next one tries again', async () => {
  await offer(() => {
    starts += 1;
    return starts === 1 ? Promise.reject(new Error('mvn was not found')) : Promise.resolve('http://server');
  });
  await expect(ask()).rejects.toThrow('OpenSearch could not be started: mvn was not found');
  expect(await ask()).toBe('http://server');
});

test('a test outside of a run fails saying how to get a server', async () => {
  await offer(() => Promise.resolve('http://server'));
  await expect(sharedOpenSearch({})).rejects.toThrow(/npm test --/);
});
