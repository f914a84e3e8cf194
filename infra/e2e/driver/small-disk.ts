import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startTimeOf } from '@flowplane/stack';

const run = promisify(execFile);

const SIZE = '64m';
/** Not where a test run keeps its files: what is mounted there could not be removed with them. */
const WHERE = '/var/tmp';
/** Beside it `/proc/mounts` shows whose disk it is: pid and start time of a process. */
const NAME = 'flowplane-small-disk';
const CHUNK = Buffer.alloc(1 << 20, 0xff);
const FILL_EVERY_MS = 50;

/** A disk of 64 MB that can be filled to its last byte. */
export type SmallDisk = {
  readonly folder: string;
  /** Fills what is free, and what others free later, until `empty`. Resolves when nothing is free for the first time. */
  readonly fill: () => Promise<void>;
  /** Takes away what `fill` has written. */
  readonly empty: () => Promise<void>;
  /** Takes the disk away, also from those who still use it. */
  readonly unmount: () => Promise<void>;
};

/**
 * Mounts a disk, after those of processes that were killed before they unmounted theirs are gone.
 *
 * @throws saying so where this process may not mount
 */
export async function mountSmallDisk(): Promise<SmallDisk> {
  if (process.getuid?.() !== 0) {
    throw new Error(`This test fills a disk: it mounts a tmpfs of ${SIZE}, which only root may do. Run it as root.`);
  }
  await unmountLeftovers();
  const folder = await mkdtemp(join(WHERE, `${NAME}-`));
  const source = `${NAME}:${process.pid}:${startTimeOf(process.pid)}`;
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=1777`, source, folder]);
  return { folder, ...ballastOn(folder), unmount: () => unmount(folder) };
}

function ballastOn(folder: string): Pick<SmallDisk, 'fill' | 'empty'> {
  const file = join(folder, 'ballast');
  let filling: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  return {
    fill: async () => {
      const stop = new AbortController();
      await fillUp(file);
      filling = { stop, done: keepFull(file, stop.signal) };
    },
    empty: async () => {
      filling?.stop.abort();
      await filling?.done;
      filling = undefined;
      await rm(file, { force: true });
    },
  };
}

async function keepFull(file: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fillUp(file);
    await sleep(FILL_EVERY_MS);
  }
}

/** Appends until not one byte more is taken. */
async function fillUp(file: string): Promise<void> {
  const ballast = await open(file, 'a');
  try {
    for (let bytes = CHUNK.length; bytes >= 1;) {
      const written = await ballast.write(CHUNK, 0, bytes).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOSPC') return undefined;
        throw cause;
      });
      if (written === undefined) bytes = Math.floor(bytes / 16);
    }
  } finally {
    await ballast.close();
  }
}

/** Lazily: a server that was killed with the run may still hold files on it. */
async function unmount(folder: string): Promise<void> {
  await run('umount', ['--lazy', folder]);
  await rmdir(folder);
}

async function unmountLeftovers(): Promise<void> {
  for (const line of (await readFile('/proc/mounts', 'utf8')).split('\n')) {
    const [source = '', folder = ''] = line.split(' ');
    const [name, pid, startTime] = source.split(':');
    if (name === NAME && startTimeOf(Number(pid)) !== startTime) await unmount(folder);
  }
}
