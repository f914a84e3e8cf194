#!/usr/bin/env node
// `npm start`
import { launch } from './launch.mjs';

await launch({ main: '../dist/src/cli/start.js' });
