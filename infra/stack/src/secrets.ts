import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What one data folder keeps secret; made once, readable by its owner only. */
export interface StackSecrets {
  readonly postgresPassword: string;
  readonly executionTokenSecret: string;
}

/** Reads the secrets of a data folder, or makes them. */
export async function ensureSecrets(file: string): Promise<StackSecrets> {
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as StackSecrets;
  const secrets: StackSecrets = {
    postgresPassword: randomBytes(16).toString('hex'),
    executionTokenSecret: randomBytes(32).toString('hex'),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.tmp`, file);
  return secrets;
}
