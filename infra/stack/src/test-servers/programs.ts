import { join } from 'node:path';
import type { GoProgram } from '../artifacts/go-program.js';
import { repoRoot } from '../paths.js';

/** An S3 server on a folder. */
export const VERSITY_GATEWAY: GoProgram = {
  name: 'versitygw',
  version: '1.8.0',
  source: { package: 'github.com/versity/versitygw/cmd/versitygw' },
  expectedMs: 120_000,
};

/** MongoDB's protocol on SQLite. Its command does not build outside of its repository; its library does. */
export const FERRETDB: GoProgram = {
  name: 'ferretdb',
  version: '1.24.2',
  source: { folder: join(repoRoot(), 'infra', 'stack', 'ferretdb') },
  expectedMs: 120_000,
};

/** An SMTP server that keeps what it gets, and shows it over HTTP. */
export const MAILPIT: GoProgram = {
  name: 'mailpit',
  version: '1.33.1',
  source: { package: 'github.com/axllent/mailpit' },
  expectedMs: 120_000,
};

/** Which program a call of one of these functions needs. */
export const PROGRAM_OF_START: Readonly<Record<string, GoProgram>> = {
  startVersityGateway: VERSITY_GATEWAY,
  startFerretDb: FERRETDB,
  startMailpit: MAILPIT,
};
