import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { step, type Report } from '../progress.js';
import { builtOnce } from './built-once.js';
import { runTool } from './run-tool.js';

export const TEMPORAL_VERSION = '1.30.7';

export interface TemporalBinaries {
  readonly server: string;
  readonly sqlTool: string;
}

function temporalFolder(cache: string): string {
  return join(cache, `temporal-${TEMPORAL_VERSION}`);
}

/** True when the server is in the cache, so that Go is not needed. */
export function hasTemporalBinaries(cache: string): boolean {
  return existsSync(temporalFolder(cache));
}

/** Builds the Temporal server and its schema tool with Go unless the cache has them. */
export async function ensureTemporalBinaries(cache: string, report: Report): Promise<TemporalBinaries> {
  const folder = temporalFolder(cache);
  if (!hasTemporalBinaries(cache)) {
    await step(report, `building the Temporal server ${TEMPORAL_VERSION} with Go`, 270_000, () =>
      builtOnce(folder, async (into) => {
        const bin = join(into, 'bin');
        await mkdir(bin);
        const packages = ['server', 'tools/sql'].map(
          (path) => `go.temporal.io/server/cmd/${path}@v${TEMPORAL_VERSION}`,
        );
        await runTool({
          command: 'go',
          args: ['install', ...packages],
          cwd: into,
          env: { ...process.env, GOBIN: bin },
        });
      }),
    );
  }
  return { server: join(folder, 'bin', 'server'), sqlTool: join(folder, 'bin', 'sql') };
}
