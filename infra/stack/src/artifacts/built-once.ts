import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes `folder` by running `build` in a folder beside it and renaming that one, so that a folder that exists is
 * complete. Two builders at the same time are safe: the second one's work is thrown away.
 */
export async function builtOnce(folder: string, build: (into: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const into = join(dirname(folder), `.building-${process.pid}-${Date.now()}`);
  await mkdir(into);
  try {
    await build(into);
    await rename(into, folder).catch((thrown: unknown) => {
      if (!existsSync(folder)) throw thrown;
    });
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}
