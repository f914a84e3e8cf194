import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StackFault } from '../fault.js';
import { hasKafkaJars } from './kafka-jars.js';
import { hasTemporalBinaries } from './temporal-binaries.js';

/** A program the native stack needs, and what for. */
interface Tool {
  readonly command: string;
  readonly install: string;
  readonly why: string;
}

const JAVA: Tool = { command: 'java', install: 'Java 17 or later', why: 'Kafka runs on it' };
const MAVEN: Tool = { command: 'mvn', install: 'Maven 3.8 or later', why: 'it fetches Kafka' };
const GO: Tool = { command: 'go', install: 'Go 1.25 or later', why: 'it builds the Temporal server' };

/** Throws one `StackFault` that names every missing program and both ways out. */
export function assertToolsPresent(
  parts: { readonly kafka: boolean; readonly temporal: boolean },
  cache: string,
  path: string = process.env['PATH'] ?? '',
): void {
  const needed: Tool[] = [];
  if (parts.kafka) needed.push(JAVA);
  if (parts.kafka && !hasKafkaJars(cache)) needed.push(MAVEN);
  if (parts.temporal && !hasTemporalBinaries(cache)) needed.push(GO);
  const missing = needed.filter((tool) => !isOnPath(tool.command, path));
  if (missing.length > 0) throw new StackFault(missingToolsMessage(missing));
}

function missingToolsMessage(missing: readonly Tool[]): string {
  const lines = missing.map((tool) => `  - ${tool.command}: ${tool.install} (${tool.why})`);
  return [
    'The stack needs programs that were not found on the PATH:',
    ...lines,
    'Two ways out: install them, or run the stack in containers with Docker: npm start -- --docker',
  ].join('\n');
}

function isOnPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
