import { join } from 'node:path';
import { builtOnce, cacheFolder, runTool } from '@flowplane/stack';

/** A package of npm, in this very version. */
export type NodePackage = { readonly name: string; readonly version: string };

/**
 * A folder with the package and what it needs, in the cache folder: made once. A program that is started in it finds the
 * package there.
 *
 * @returns the folder
 * @throws Error when the registry is not there
 */
export async function ensureNodePackage({ name, version }: NodePackage): Promise<string> {
  const folder = join(cacheFolder(process.env), `npm-${name.replace(/[@/]+/g, '-')}-${version}`);
  await builtOnce(folder, async (into) => {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
    await runTool({ command: 'npm', args: ['install', ...quiet, '--prefix', into, `${name}@${version}`], cwd: into });
  });
  return folder;
}
