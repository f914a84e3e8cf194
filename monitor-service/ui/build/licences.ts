import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

type Package = { readonly name: string; readonly version: string; readonly license: string; readonly folder: string };

const FOLDER = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const TEXT = /^(licen[cs]e|copying|notice)/i;

const WITHOUT_TEXT =
  'The package comes without the text of its licence. That of Apache-2.0: https://www.apache.org/licenses/LICENSE-2.0';

/**
 * The licences of all packages that are bundled, workers' too, as one file. Vite's own list leaves out what workers are made
 * of.
 *
 * @returns plugins for the pages, which write the file, and for the workers
 */
export function licences(fileName: string): { readonly pages: Plugin; readonly workers: Plugin } {
  const folders = new Set<string>();
  const collect = (modules: Iterable<string>): void => {
    for (const id of modules) {
      const folder = FOLDER.exec(id)?.[1];
      if (folder !== undefined) folders.add(folder);
    }
  };
  return {
    workers: {
      name: 'licences-of-workers',
      generateBundle(_options, bundle) {
        for (const part of Object.values(bundle)) if (part.type === 'chunk') collect(part.moduleIds);
      },
    },
    pages: {
      name: 'licences',
      apply: 'build',
      generateBundle(_options, bundle) {
        for (const part of Object.values(bundle)) if (part.type === 'chunk') collect(part.moduleIds);
        this.emitFile({ type: 'asset', fileName, source: listOf([...folders].map(packageIn)) });
      },
    },
  };
}

function packageIn(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
  return { name, version, license, folder };
}

function listOf(packages: readonly Package[]): string {
  const parts = packages
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, license, folder }) => {
      const texts = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isFile() && TEXT.test(one.name));
      const text = texts.map(({ name: file }) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
      return `## ${name} - ${version} (${license})\n\n${text === '' ? WITHOUT_TEXT : text}\n`;
    });
  return `# Licences\n\nThe console is made with these packages:\n\n${parts.join('\n')}`;
}
