import { join } from 'node:path';
import { builtOnce, cacheFolder, runTool } from '@flowplane/stack';

/** A program of PyPI, in this very version. */
export type PythonTool = { readonly name: string; readonly version: string };

/**
 * A separate Python environment with the program, in the cache folder: made once. Start the program as
 * `<folder>/bin/python -m …`; scripts in `bin` name the folder in which they were installed.
 *
 * @returns the folder
 * @throws Error when Python or PyPI is not there
 */
export async function ensurePythonTool({ name, version }: PythonTool): Promise<string> {
  const folder = join(cacheFolder(process.env), `${name}-${version}`);
  await builtOnce(folder, async (into) => {
    await runTool({ command: 'python3', args: ['-m', 'venv', into] }).catch((cause: unknown) => {
      throw new Error('python3 with its venv module is needed: apt-get install python3-venv', { cause });
    });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`];
    await runTool({ command: join(into, 'bin', 'python'), args: pip });
  });
  return folder;
}
