#!/usr/bin/env node
// `npm start`
import { launch } from './launch.mjs';

await launch({ main: '../../dist-stack/src/cli/start.js' });
