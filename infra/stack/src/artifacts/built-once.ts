import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type Build = (into: string) => Promise<void>;

/**
 * Makes `folder` by running `build` in a folder beside it and renaming that one, so that a folder that exists is
 * complete. Two builders at the same time are safe: the second one's work is thrown away.
 */
export async function builtOnce(folder: string, build: Build): Promise<void> {
  if (existsSync(folder)) return;
  await besides(folder, build, (into) =>
    rename(into, folder).catch((thrown: unknown) => {
      if (!existsSync(folder)) throw thrown;
    }),
  );
}

/**
 * As `builtOnce`, in the place of what is there already: nobody finds files of two builds in the folder, and of two
 * builders at the same time the last one's work stays.
 */
export const builtAgain = (folder: string, build: Build): Promise<void> =>
  besides(folder, build, async (into) => {
    const before = `${into}-before`;
    try {
      for (;;) {
        await rename(folder, before).catch(unlessMissing);
        try {
          return await rename(into, folder);
        } catch (thrown) {
          // Somebody else's came between the two.
          if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(thrown))) throw thrown;
          await rm(before, { recursive: true, force: true });
        }
      }
    } finally {
      await rm(before, { recursive: true, force: true });
    }
  });

async function besides(folder: string, build: Build, put: (into: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const into = join(dirname(folder), `.flowplane-building-${process.pid}-${(builds += 1)}-${Date.now()}`);
  await mkdir(into);
  try {
    await build(into);
    await put(into);
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}
let builds = 0;

function unlessMissing(thrown: unknown): void {
  if (codeOf(thrown) !== 'ENOENT') throw thrown;
}

const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? '';
