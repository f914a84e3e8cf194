#!/usr/bin/env node
// `npm start`: runs on a fresh clone with nothing installed.
import { prepare } from './prepare.mjs';

try {
  await prepare();
} catch {
  process.exit(1); // told in full by the step that failed
}
await import('../dist/src/cli/start.js');
