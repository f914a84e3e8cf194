// Writes contracts/src/flow/time-zone-names.ts from the zone data that Go ships, which is what the engine is built with:
// node contracts/test/generate-time-zones.mjs $(go env GOROOT)
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [goRoot] = process.argv.slice(2);
if (goRoot === undefined) throw new Error('usage: node contracts/test/generate-time-zones.mjs <GOROOT>');
const folder = join(goRoot, 'lib', 'time');
const [, release] = /^CODE=(\w+)/m.exec(readFileSync(join(folder, 'update.bash'), 'utf8')) ?? [];
if (release === undefined) throw new Error('update.bash does not say which release of the IANA data this is');

/** The names in a ZIP archive without comment, from its central directory. */
function namesIn(zip) {
  const end = zip.length - 22;
  const names = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
    names.push(zip.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

// `Factory` is what a machine without a zone has; Node does not know it.
const zones = namesIn(readFileSync(join(folder, 'zoneinfo.zip')))
  .filter((name) => !name.endsWith('/') && name !== 'Factory')
  .toSorted((a, b) => (a < b ? -1 : 1));
const lines = [''];
for (const zone of zones) {
  const line = lines.at(-1);
  if (line.length + zone.length > 118) lines.push(zone);
  else lines[lines.length - 1] = line === '' ? zone : `${line} ${zone}`;
}
writeFileSync(
  new URL('../src/flow/time-zone-names.ts', import.meta.url),
  `// Written by contracts/test/generate-time-zones.mjs from the zone data of Go, IANA release ${release}. Do not edit.

/** Names of time zones that the engine knows, in their spelling; a blank or line break between two. */
export const TIME_ZONE_NAMES = \`
${lines.join('\n')}
\`;
`,
);
