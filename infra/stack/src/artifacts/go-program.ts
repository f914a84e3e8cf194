import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackFault } from '../fault.js';
import { step, type Report } from '../progress.js';
import { builtOnce } from './built-once.js';
import { isOnPath } from './missing-tools.js';
import { runTool } from './run-tool.js';

/** A server written in Go that tests run, at one version. */
export interface GoProgram {
  /** Of its file, and of its folder in the cache. */
  readonly name: string;
  readonly version: string;
  /**
   * What is compiled: a package that `go install` takes, or a folder of ours with `go.mod`, `go.sum` and `main.go`, for
   * a server that is a library.
   */
  readonly source: { readonly package: string } | { readonly folder: string };
  /** How long the first build takes on two cores, ms. */
  readonly expectedMs: number;
}

const SOURCE_FILES = ['go.mod', 'go.sum', 'main.go'];

/**
 * Builds the program with Go unless the cache has it. Tests run beside it, and come first.
 *
 * @returns its file
 * @throws StackFault when Go is not there, and when the build fails: with what Go says
 */
export async function ensureGoProgram(program: GoProgram, cache: string, report: Report): Promise<string> {
  const { name, version, source, expectedMs } = program;
  const ours = 'folder' in source ? `-${await digestOf(source.folder)}` : '';
  const folder = join(cache, `${name}-${version}${ours}`);
  if (!existsSync(folder)) {
    assertGo(name);
    await step(report, `building ${name} ${version} with Go`, expectedMs, () =>
      builtOnce(folder, async (into) => {
        const bin = join(into, 'bin');
        await mkdir(bin);
        const env = { ...process.env, GOBIN: bin };
        if ('package' in source) {
          await runTool({
            command: 'go',
            args: ['install', `${source.package}@v${version}`],
            cwd: into,
            env,
            isPatient: true,
          });
          return;
        }
        const code = join(into, 'source');
        await cp(source.folder, code, { recursive: true });
        await runTool({ command: 'go', args: ['build', '-o', join(bin, name), '.'], cwd: code, env, isPatient: true });
      }),
    );
  }
  return join(folder, 'bin', name);
}

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of SOURCE_FILES) hash.update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

function assertGo(name: string): void {
  if (isOnPath('go', process.env['PATH'] ?? '')) return;
  throw new StackFault(`Tests need ${name}, which is built with Go: install Go 1.26 or later.`);
}
