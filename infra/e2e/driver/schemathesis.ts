import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePythonTool } from './python-tool.js';

const SCHEMATHESIS = { name: 'schemathesis', version: '4.32.5' };
const FOLDER = fileURLToPath(new URL('../schemathesis', import.meta.url));

/** How often each status was answered, by operation (`GET /path/{id}`). */
export type Tally = Readonly<Record<string, Readonly<Record<string, number>>>>;

export type SchemathesisRun = {
  /** Of the document. */
  readonly url: string;
  readonly token: string;
  /** Texts to generate from, by the `format` of the document's schemas. */
  readonly seeds: Readonly<Record<string, readonly string[]>>;
  readonly seed: number;
  /** Folder for its reports. */
  readonly folder: string;
  readonly timeoutMs: number;
};

/**
 * Unknown methods are 404 NO_ROUTE, decided before identity (flows-api 1.2), where this check wants 405. hooks.py has a
 * check of its own in its place.
 */
const AT_ODDS_WITH_THE_CONTRACT = 'unsupported_method';

/** Runs schemathesis with all its other checks; which statuses they expect beyond their own says `schemathesis.toml`. */
export async function runSchemathesis(
  run: SchemathesisRun,
): Promise<{ readonly exitCode: number; readonly output: string; readonly tally: Tally }> {
  const venv = await ensurePythonTool(SCHEMATHESIS);
  const [seeds, tally] = [join(run.folder, 'seeds.json'), join(run.folder, 'tally.json')];
  await writeFile(seeds, JSON.stringify(run.seeds));
  const args = ['--config-file', join(FOLDER, 'schemathesis.toml'), '--no-color', 'run', run.url];
  const checks = ['--checks', 'all', '--exclude-checks', AT_ODDS_WITH_THE_CONTRACT];
  const options = [...checks, '--seed', String(run.seed), '--header', `Authorization: Bearer ${run.token}`];
  const env = {
    ...process.env,
    PYTHONPATH: FOLDER,
    PYTHONDONTWRITEBYTECODE: '1',
    SCHEMATHESIS_HOOKS: 'hooks',
    FLOWPLANE_SEEDS: seeds,
    FLOWPLANE_TALLY: tally,
  };
  const { exitCode, output } = await new Promise<{ readonly exitCode: number; readonly output: string }>(
    (resolve, reject) => {
      let text = '';
      const child = spawn(join(venv, 'bin', 'python'), ['-m', 'schemathesis.cli', ...args, ...options], {
        cwd: run.folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: run.timeoutMs,
      });
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ exitCode: code ?? -1, output: text }));
    },
  );
  const counted = await readFile(tally, 'utf8').catch(() => '{}');
  return { exitCode, output, tally: JSON.parse(counted) as Tally };
}
