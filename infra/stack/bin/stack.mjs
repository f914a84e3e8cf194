#!/usr/bin/env node
// Kafka, PostgreSQL and Temporal only, without our services: for work on one of them.
import { prepare } from './prepare.mjs';

try {
  await prepare({ build: ['infra/stack'] });
} catch {
  process.exit(1); // told in full by the step that failed
}
await import('../dist/src/cli/infra-only.js');
