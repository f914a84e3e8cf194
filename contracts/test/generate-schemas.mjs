// Writes the published Avro schemas and one encoded sample of each, from the built package:
//   npx tsc -b contracts && node contracts/test/generate-schemas.mjs
// A file that exists is never rewritten: what was published stays as it was, and the test decodes it for ever.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { publishedSchemas } from '@flowplane/contracts';
import { encodeSample, sampleOf } from './samples.ts';

const here = new URL('../schemas/', import.meta.url);
const samples = new URL('../fixtures/log/', import.meta.url);
mkdirSync(samples, { recursive: true });
for (const published of publishedSchemas()) {
  if (published.retired) continue;
  const folder = new URL(`${published.kind}/`, here);
  mkdirSync(folder, { recursive: true });
  const name = `${published.name}.${published.fingerprint}`;
  write(new URL(`${name}.avsc`, folder), published.schema);
  const sample = sampleOf(published.kind, published.name);
  write(new URL(`${name}.json`, samples), { hex: encodeSample(sample).toString('hex'), message: sample });
}

function write(file, value) {
  if (existsSync(file)) return;
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  console.log(`wrote ${file.pathname.split('/').slice(-3).join('/')}`);
}
