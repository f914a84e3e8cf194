#!/usr/bin/env node
// `npm test`: runs on a fresh clone with nothing installed. Its last line is the total, whatever happens.
import { prepare } from './prepare.mjs';

try {
  await prepare();
} catch {
  console.log('0 passed, 1 failed'); // told in full by the step that failed
  process.exit(1);
}
await import('../dist/src/cli/test.js');
