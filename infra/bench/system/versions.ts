import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { makePool } from '@flowplane/plumbing/postgres';
import { Connection } from '@temporalio/client';
import type { BenchSystem } from './bench-system.js';

/** Versions of what a system consists of, by name, as the parts themselves tell them. */
export async function versionsOf(system: BenchSystem): Promise<Readonly<Record<string, string>>> {
  const [postgres, temporal] = await Promise.all([
    postgresVersion(system.endpoints.dbUrl),
    temporalVersion(system.endpoints.temporalAddress),
  ]);
  return { postgres, temporal, kafka: kafkaVersion(system), java: javaVersion() };
}

async function postgresVersion(url: string): Promise<string> {
  const pool = makePool(url, { max: 1, applicationName: 'bench' });
  try {
    const { rows } = await pool.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await pool.end();
  }
}

async function temporalVersion(address: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    return (await connection.workflowService.getSystemInfo({})).serverVersion ?? 'unknown';
  } finally {
    await connection.close();
  }
}

/** From the name of the folder that its class path names. */
function kafkaVersion(system: BenchSystem): string {
  const { kafka } = system.cpuGroups();
  const commandLine = kafka === undefined ? '' : readFileSync(`/proc/${kafka.pid}/cmdline`, 'utf8');
  return /kafka-(\d+(?:\.\d+)+)/.exec(commandLine)?.[1] ?? 'unknown';
}

function javaVersion(): string {
  try {
    return execFileSync('java', ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
