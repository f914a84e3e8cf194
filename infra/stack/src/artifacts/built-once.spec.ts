import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtAgain, builtOnce } from './built-once.js';

const FILES = ['index.html', 'a.js', 'b.js'];
let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'built-'));
  folder = join(home, 'dist');
});
afterEach(() => rm(home, { recursive: true }));

/** A build whose files all say by whom they are, and that gives way between two of them. */
const buildBy = (who: string) => async (into: string) => {
  for (const file of FILES) {
    await writeFile(join(into, file), who);
    await nextTurn();
  }
};
const builders = async (): Promise<readonly string[]> =>
  Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));

it('of builders at the same time one whole build stays, and nothing beside it', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `builder ${at}`);
  await Promise.all(names.map((who) => builtAgain(folder, buildBy(who))));
  const found = await builders();
  expect([found.length, new Set(found).size]).toEqual([FILES.length, 1]);
  expect(await readdir(home)).toEqual(['dist']);
});

it('a build takes the place of the one before, and one that fails leaves that', async () => {
  await builtAgain(folder, buildBy('first'));
  await builtAgain(folder, buildBy('second'));
  const fails = builtAgain(folder, async (into) => {
    await buildBy('third')(into);
    throw new Error('no');
  });
  await expect(fails).rejects.toThrow('no');
  expect(await builders()).toEqual(FILES.map(() => 'second'));
  expect(await readdir(home)).toEqual(['dist']);
});

it('what is built once is not built again', async () => {
  await Promise.all([builtOnce(folder, buildBy('one')), builtOnce(folder, buildBy('other'))]);
  const found = await builders();
  await builtOnce(folder, () => Promise.reject(new Error('it is there')));
  expect(await builders()).toEqual(found);
  expect(new Set(found).size).toBe(1);
});
