import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { repoRoot } from '../paths.js';
import { step, type Report } from '../progress.js';
import { builtOnce } from './built-once.js';
import { ensureMavenJars } from './maven-jars.js';
import { assertOpenSearchTools } from './missing-tools.js';
import { runTool } from './run-tool.js';

export const OPENSEARCH_VERSION = '2.19.1';

/** The server, and the modules of a distribution that its plain jar is without; all must have its version. */
const MODULES = [
  'transport-netty4-client',
  'ingest-common',
  'reindex-client',
  'lang-painless',
  'opensearch-scripting-painless-spi',
  'analysis-common',
  'mapper-extras-client',
];
const ARTIFACTS = [
  `org.opensearch:opensearch:${OPENSEARCH_VERSION}`,
  ...MODULES.map((module) => `org.opensearch.plugin:${module}:${OPENSEARCH_VERSION}`),
  'org.apache.logging.log4j:log4j-core:2.21.0',
];

export interface OpenSearchProgram {
  /** For `java -cp`. */
  readonly classPath: string;
  readonly mainClass: string;
}

const jarsFolder = (cache: string): string => join(cache, `opensearch-${OPENSEARCH_VERSION}`);

/** Fetches OpenSearch through Maven and compiles what starts it, unless the cache has them. */
export async function ensureOpenSearch(cache: string, report: Report): Promise<OpenSearchProgram> {
  const source = join(repoRoot(), 'infra', 'stack', 'opensearch', 'Launcher.java');
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 12);
  const classes = join(cache, `opensearch-launcher-${OPENSEARCH_VERSION}-${digest}`);
  const needs = { maven: !existsSync(jarsFolder(cache)), compiler: !existsSync(classes) };
  assertOpenSearchTools(needs);
  const fetched = (): Promise<string> => ensureMavenJars(jarsFolder(cache), ARTIFACTS);
  const jars = needs.maven
    ? await step(report, `fetching OpenSearch ${OPENSEARCH_VERSION} with Maven`, 50_000, fetched)
    : await fetched();
  await builtOnce(classes, async (into) => {
    await runTool({ command: 'javac', args: ['-cp', join(jars, '*'), '-d', into, source] });
  });
  return { classPath: [classes, join(jars, '*')].join(delimiter), mainClass: 'Launcher' };
}
