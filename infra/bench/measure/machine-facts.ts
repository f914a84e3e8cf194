import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** Where and with what a bench ran. Memory in GiB. */
export type MachineFacts = {
  readonly date: string;
  readonly revision: string;
  readonly isModified: boolean;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
};

/** @param versions of what was measured against, by name */
export function machineFacts(root: string, versions: Readonly<Record<string, string>>): MachineFacts {
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  return {
    date: new Date().toISOString(),
    revision: git('rev-parse', 'HEAD') || 'unknown',
    isModified: git('--no-optional-locks', 'status', '--porcelain', '--untracked-files=no') !== '',
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    versions,
  };
}
