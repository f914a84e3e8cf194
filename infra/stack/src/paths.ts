import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder, the same from the sources and from the compiled files. */
export function repoRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (dirname(folder) !== folder) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'flowplane') return folder;
    folder = dirname(folder);
  }
  throw new Error('the repository root was not found above this file');
}

/** Where downloads and built programs are kept: shared by every stack of this clone, never emptied by `--reset`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return resolve(env['FLOWPLANE_CACHE'] || join(repoRoot(), '.flowplane-cache'));
}

/** The data folder of the stack: everything that one stack writes. */
export function homeFolder(env: NodeJS.ProcessEnv): string {
  return resolve(env['FLOWPLANE_HOME'] || join(repoRoot(), '.flowplane'));
}

/** The files and folders below one data folder. */
export interface HomeLayout {
  readonly home: string;
  readonly logs: string;
  readonly pidsFile: string;
  readonly secretsFile: string;
  readonly portsFile: string;
  readonly demoTemplateFile: string;
  readonly kafka: string;
  readonly postgres: string;
  readonly temporal: string;
  readonly openSearch: string;
}

/** Names every path below `home`; creates nothing. */
export function homeLayout(home: string): HomeLayout {
  return {
    home,
    logs: join(home, 'logs'),
    pidsFile: join(home, 'pids.json'),
    secretsFile: join(home, 'secrets.json'),
    portsFile: join(home, 'ports.json'),
    demoTemplateFile: join(home, 'demo-template'),
    kafka: join(home, 'kafka'),
    postgres: join(home, 'postgres'),
    temporal: join(home, 'temporal'),
    openSearch: join(home, 'opensearch'),
  };
}
