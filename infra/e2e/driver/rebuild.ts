import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Rebuilt = { readonly code: number; readonly output: string };

/** Runs the rebuild of the read models as an operator does, with the environment of a service set. */
export function rebuild(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Rebuilt> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  return new Promise((resolve) => {
    const command = ['projection-service/dist/rebuild/main.js', ...args];
    execFile(process.execPath, command, { cwd: root, env: { ...process.env, ...env } }, (fault, out, err) => {
      resolve({ code: fault === null ? 0 : Number(fault.code ?? 1), output: out + err });
    });
  });
}
