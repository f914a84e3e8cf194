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

/** Java's compiler comes with a JDK; a JRE has none. */
const OPENSEARCH_TOOLS = {
  java: { ...JAVA, why: 'OpenSearch runs on it' },
  compiler: { command: 'javac', install: 'a JDK of Java 17 or later', why: "it compiles OpenSearch's launcher" },
  maven: { ...MAVEN, why: 'it fetches OpenSearch' },
};

/** Throws one `StackFault` that names every missing program that OpenSearch needs, and the way out. */
export function assertOpenSearchTools(
  needs: { readonly maven: boolean; readonly compiler: boolean },
  path: string = process.env['PATH'] ?? '',
): void {
  const { java, compiler, maven } = OPENSEARCH_TOOLS;
  const needed = [java, ...(needs.compiler ? [compiler] : []), ...(needs.maven ? [maven] : [])];
  const missing = needed.filter((tool) => !isOnPath(tool.command, path));
  if (missing.length === 0) return;
  const lines = missing.map(toolLine);
  throw new StackFault(
    ['OpenSearch needs programs that were not found on the PATH:', ...lines, 'Install them to run it here.'].join('\n'),
  );
}

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
  const lines = missing.map(toolLine);
  return [
    'The stack needs programs that were not found on the PATH:',
    ...lines,
    'Two ways out: install them, or run the stack in containers with Docker: npm start -- --docker',
  ].join('\n');
}

const toolLine = (tool: Tool): string => `  - ${tool.command}: ${tool.install} (${tool.why})`;

/** True when a program of this name can be run from a folder of `path`. */
export function isOnPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
