import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce, cacheFolder, runTool } from '@flowplane/stack';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Commits of this history that releases were made from, by name, oldest first. */
export const RELEASE_COMMITS = JSON.parse(
  readFileSync(join(ROOT, 'infra/e2e/upgrade/releases.json'), 'utf8'),
) as Readonly<Record<string, string>>;

/**
 * The folder with an earlier release, compiled from its commit and kept in the cache.
 *
 * @throws Error when this clone does not have the commit
 */
export async function builtRelease(name: string): Promise<string> {
  const commit = RELEASE_COMMITS[name];
  if (commit === undefined) throw new Error(`infra/e2e/upgrade/releases.json names no commit for release ${name}`);
  const folder = join(cacheFolder(process.env), `release-${name}-${commit.slice(0, 12)}`);
  await builtOnce(folder, async (into) => {
    await checkOut(commit, into);
    await runTool({ command: 'npm', args: ['install', '--no-save', '--no-audit', '--no-fund'], cwd: into });
    await runTool({ command: 'npm', args: ['run', 'build'], cwd: into });
  });
  return folder;
}

async function checkOut(commit: string, into: string): Promise<void> {
  const archive = join(into, '.release.tar');
  try {
    await runTool({
      command: 'git',
      args: ['-c', 'safe.directory=*', 'archive', '--output', archive, commit],
      cwd: ROOT,
    });
  } catch (cause) {
    const why = `commit ${commit} is not in this clone's history: upgrades can only be tested in a full clone`;
    throw new Error(`${why} (git fetch --unshallow)`, { cause });
  }
  await runTool({ command: 'tar', args: ['-xf', archive, '-C', into] });
}
