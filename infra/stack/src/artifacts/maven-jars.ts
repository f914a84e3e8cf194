import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtOnce } from './built-once.js';
import { runTool } from './run-tool.js';

/** `group:artifact:version` */
export type MavenArtifact = string;

/** Fetches programs and all they need through Maven into `<folder>/libs`, unless the folder is there. */
export async function ensureMavenJars(folder: string, artifacts: readonly MavenArtifact[]): Promise<string> {
  await builtOnce(folder, async (into) => {
    await writeFile(join(into, 'pom.xml'), pomOf(artifacts));
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs', '-DincludeScope=runtime'];
    await runTool({ command: 'mvn', args, cwd: into });
  });
  return join(folder, 'libs');
}

function pomOf(artifacts: readonly MavenArtifact[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>flowplane.local</groupId>',
    '  <artifactId>runtime</artifactId>',
    '  <version>1</version>',
    '  <packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}
