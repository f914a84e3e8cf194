import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { compiledSchemas } from './build/compiled-schemas.js';
import { licences } from './build/licences.js';

/** With gzip, all that the first page loads before anybody has signed in. */
const MAX_FIRST_PAGE_BYTES = 250_000;

/** Compressed copies beside the files, so that the service that sends them compresses nothing; and how large they may be. */
function compressed(): Plugin {
  let built = '';
  return {
    name: 'compressed-copies',
    apply: 'build',
    configResolved({ root, build }) {
      built = resolve(root, build.outDir);
    },
    closeBundle: () => compress(built),
  };
}

async function compress(built: string): Promise<void> {
  const assets = join(built, 'assets');
  const files = (await readdir(assets)).filter((file) => /\.(js|css|svg|md)$/.test(file));
  for (const file of files) {
    const path = join(assets, file);
    const content = await readFile(path);
    await writeFile(
      `${path}.br`,
      await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    );
    await writeFile(`${path}.gz`, await promisify(gzip)(content));
  }
  const first = [
    ...(await readFile(join(built, 'index.html'), 'utf8')).matchAll(/\/ui\/(assets\/[^"]+\.(?:js|css))"/g),
  ];
  const sizes = await Promise.all(first.map(async ([, file]) => (await stat(join(built, `${file}.gz`))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > MAX_FIRST_PAGE_BYTES) throw new Error(`the first page has ${bytes} bytes, too many to come quickly`);
}

const listed = licences('assets/licenses.md');

/** What monitor-service serves under /ui: files whose names change with their content, and one page that loads them. */
export default defineConfig({
  base: '/ui/',
  plugins: [react(), compiledSchemas(), listed.pages, compressed()],
  // Workspace packages are bundled from their sources, as in the tests.
  resolve: { conditions: ['source', 'module', 'browser', 'import', 'default'] },
  html: { cspNonce: '%NONCE%' },
  build: {
    ...{ target: 'es2023', modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2000 },
  },
  worker: { format: 'es', plugins: () => [compiledSchemas(), listed.workers] },
});
