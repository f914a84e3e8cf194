import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One process of the stack as `pids.json` names it. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** The loopback port it serves on, null when it has none. */
  readonly port: number | null;
  /** RFC 3339 UTC. */
  readonly startedAt: string;
  /** The kernel's start time, which tells it from a later process with the same pid. */
  readonly startTime: string;
  /** How long it may take to end before SIGKILL; the launcher has none, and releases before 2026-12 noted none. */
  readonly stopTimeoutMs?: number;
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writePidsFile(file: string, records: readonly ProcessRecord[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(records, null, 2)}\n`);
  renameSync(draft, file);
}

/** The records of the file; none when it is absent or unreadable. */
export function readPidsFile(file: string): ProcessRecord[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(parsed) ? parsed.filter(isProcessRecord) : [];
  } catch {
    return [];
  }
}

function isProcessRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<ProcessRecord>;
  const { stopTimeoutMs } = record;
  if (stopTimeoutMs !== undefined && !Number.isInteger(stopTimeoutMs)) return false;
  return typeof record.name === 'string' && Number.isInteger(record.pid) && typeof record.startTime === 'string';
}
