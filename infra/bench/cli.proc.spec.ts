import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let results: string;
beforeAll(async () => {
  results = await mkdtemp(join(tmpdir(), 'flowplane-bench-'));
});
afterAll(async () => {
  await rm(results, { recursive: true, force: true });
});

async function bench(...args: readonly string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  const cli = fileURLToPath(new URL('./dist/cli.js', import.meta.url));
  const child = spawn(process.execPath, [cli, ...args, '--results', results], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, output };
}

type Written = {
  readonly machine: { readonly cores: number; readonly versions: Readonly<Record<string, string>> };
  readonly rows: readonly {
    readonly row: string;
    readonly failure: string | null;
    readonly figures: readonly { readonly ours: { readonly median: number }; readonly isMet: boolean | null }[];
  }[];
};

describe('npm run bench, a smoke run on the stack that the environment names', () => {
  it('prints the table and writes figures, ratios and machine facts', async () => {
    const { code, output } = await bench('--quick', '--row', 'a,c,d,q');
    expect(output).toMatch(/^row +figure +ours ÷ baseline/m);
    expect(output).not.toMatch(/NOT MEASURED/);
    expect(code).toBe(0);
    const [file] = await readdir(results);
    const written = JSON.parse(await readFile(join(results, file as string), 'utf8')) as Written;
    expect(written.rows.map(({ row, failure }) => [row, failure])).toEqual([
      ['a', null],
      ['c', null],
      ['d', null],
      ['q', null],
    ]);
    expect(written.machine.cores).toBeGreaterThan(0);
    expect(written.machine.versions['temporal']).toMatch(/^\d+\./);
    for (const figure of written.rows.flatMap(({ figures }) => figures)) expect(figure.ours.median).toBeGreaterThan(0);
  });

  it('says of a row that cannot be measured why, and fails', async () => {
    // An engine that only the environment names is not the bench's to stop.
    const { code, output } = await bench('--quick', '--row', 'b,p');
    expect(output).toMatch(/NOT MEASURED: the engine at .* is not ours to stop/);
    expect(output).toMatch(/NOT MEASURED: the processes of the engine are not known/);
    expect(code).toBe(1);
  });

  it('refuses what it does not know', async () => {
    const { code, output } = await bench('--row', 'z');
    expect(output).toMatch(/there is no row 'z'/);
    expect(code).toBe(1);
  });
});
