#!/usr/bin/env node
// Kafka, PostgreSQL and Temporal only, without our services: for work on one of them.
import { launch } from './launch.mjs';

await launch({ main: '../dist/src/cli/infra-only.js', build: ['infra/stack'] });
