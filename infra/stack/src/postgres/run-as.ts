import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackFault } from '../fault.js';

/** The user a program is run as, and the program and leading arguments that give it the access it needs. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that PostgreSQL, which refuses to run as root, is run as: null when we are not root (then it is us). For an
 * existing data folder it is the folder's owner, else the user `postgres`, else `nobody`.
 */
export function unprivilegedUser(dataFolder: string): RunAs | null {
  if (process.getuid?.() !== 0) return null;
  if (existsSync(dataFolder)) {
    const owner = statSync(dataFolder);
    if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  }
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = users.find(([name]) => name === wanted);
    if (found?.[2] !== undefined && found[3] !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new StackFault('PostgreSQL does not run as root, and this machine has no user `postgres` or `nobody`.');
}

/** True when any user may pass through every folder above `path`, and through `path` itself. */
export function isOpenToAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && statSync(folder).isDirectory() && (statSync(folder).mode & 0o001) === 0) return false;
    if (dirname(folder) === folder) return true;
  }
}

const SETPRIV = '/usr/bin/setpriv';

/**
 * How to run `command` as `user`. Where a folder above one of `paths` is closed to other users (a clone below /root),
 * the program keeps the right to pass through folders, and nothing else of root: Linux, with `setpriv`.
 */
export function commandAs(
  user: RunAs | null,
  command: string,
  args: readonly string[],
  paths: readonly string[],
): { command: string; args: string[]; uid?: number; gid?: number } {
  if (user === null) return { command, args: [...args] };
  const closed = paths.find((path) => !isOpenToAll(dirname(path)));
  if (closed === undefined) return { command, args: [...args], ...user };
  if (!isExecutable(SETPRIV)) {
    throw new StackFault(
      `PostgreSQL does not run as root, and another user cannot reach ${closed}: ` +
        'move the clone (and FLOWPLANE_HOME) to a folder open to all users, or run as a normal user.',
    );
  }
  const rights = ['--clear-groups', '--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search'];
  return {
    command: SETPRIV,
    args: [`--reuid=${user.uid}`, `--regid=${user.gid}`, ...rights, '--', command, ...args],
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
