import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StackFault } from '../fault.js';
import type { Report } from '../progress.js';
import { freePorts, isPortFree } from './ports.js';

const NEXT_PORTS = 20;

/**
 * `wanted` when it is free. Else, where the person did not ask for that very port, the next free one (reported), else
 * a fault that names the option to change it.
 */
export async function choosePort(
  what: string,
  wanted: { readonly port: number; readonly isFixed: boolean; readonly option: string },
  report: Report,
): Promise<number> {
  if (await isPortFree(wanted.port)) return wanted.port;
  if (wanted.isFixed) {
    throw new StackFault(`Port ${wanted.port} for ${what} is taken: free it, or choose another with ${wanted.option}.`);
  }
  for (let port = wanted.port + 1; port <= wanted.port + NEXT_PORTS; port += 1) {
    if (await isPortFree(port)) {
      report(`  ! port ${wanted.port} for ${what} is taken: using ${port} (choose with ${wanted.option})`);
      return port;
    }
  }
  throw new StackFault(
    `Ports ${wanted.port} to ${wanted.port + NEXT_PORTS} for ${what} are taken: choose another with ${wanted.option}.`,
  );
}

/**
 * Ports that nobody needs to know, the same on every start of a data folder where they are still free (Temporal keeps
 * its members by address, so a changed port costs half a minute).
 */
export async function rememberedPorts(file: string, key: string, count: number): Promise<number[]> {
  const known: Record<string, number[]> = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
  const before = known[key] ?? [];
  const usable = before.length === count && (await Promise.all(before.map(isPortFree))).every(Boolean);
  if (usable) return before;
  const chosen = await freePorts(count);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ ...known, [key]: chosen }, null, 2)}\n`);
  return chosen;
}
