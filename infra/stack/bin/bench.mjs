#!/usr/bin/env node
// `npm run bench`
import { launch } from './launch.mjs';

await launch({ main: '../../bench/dist/cli.js' });
