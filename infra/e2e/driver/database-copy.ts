import { execFile } from 'node:child_process';
import { chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makePool } from '@flowplane/plumbing/postgres';

const run = promisify(execFile);

/**
 * Copies the data folder of a PostgreSQL that is in use, as its manual says for a base backup: what the server writes
 * meanwhile is in the WAL beside it. All databases of the server are in the copy.
 *
 * @param dbUrl of a superuser
 */
export async function copyWhileInUse(dbUrl: string, data: string, target: string): Promise<void> {
  const pool = makePool(dbUrl, { max: 1, applicationName: 'backup' });
  const session = await pool.connect();
  try {
    await session.query("SELECT pg_backup_start('copy', true)");
    await copyFolder(data, target);
    const stopped = await session.query<{ readonly labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    await rm(join(target, 'postmaster.pid'), { force: true });
    await rm(join(target, 'pg_wal'), { recursive: true, force: true });
    await copyFolder(join(data, 'pg_wal'), join(target, 'pg_wal'));
    const label = join(target, 'backup_label');
    await writeFile(label, stopped.rows[0]?.labelfile ?? '', { mode: 0o600 });
    const owner = await stat(data);
    await chown(label, owner.uid, owner.gid);
  } finally {
    session.release();
    await pool.end();
  }
}

/** Puts a copy in the place of a data folder whose server is stopped. */
export async function putCopyInPlace(copy: string, data: string): Promise<void> {
  await rm(data, { recursive: true });
  await run('mv', [copy, data]);
}

/** With owners and modes. Files that go away meanwhile are passed over: the WAL knows of them. */
async function copyFolder(from: string, to: string): Promise<void> {
  try {
    await run('cp', ['-a', '--no-target-directory', from, to]);
  } catch (thrown) {
    const { stderr = '' } = thrown as { readonly stderr?: string };
    const others = stderr.split('\n').filter((line) => line !== '' && !line.includes('No such file or directory'));
    if (stderr === '' || others.length > 0) throw thrown;
  }
}
