#!/usr/bin/env node
// `npm run bench`
import { launch } from './launch.mjs';

await launch({ main: '../../dist-bench/cli.js' });
