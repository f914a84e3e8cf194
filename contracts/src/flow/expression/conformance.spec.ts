import { readFileSync } from 'node:fs';
import type { IncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { getConformanceSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { describe, expect, test } from 'vitest';
import { caseFault } from '../../../test/conformance-case.js';

// The conformance suite of cel-spec, run through our facade. The reviewed list says which cases may fail and why; a
// case that leaves or joins it fails here.
const suites = [
  'basic',
  'comparisons',
  'conversions',
  'fields',
  'fp_math',
  'integer_math',
  'lists',
  'logic',
  'macros',
  'parse',
  'string',
  'timestamps',
];

const reviewed = JSON.parse(
  readFileSync(new URL('../../../fixtures/cel-conformance-expected-failures.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, string>>;

function casesOf(suite: IncrementalTestSuite, prefix = ''): { name: string; fault: string | undefined }[] {
  return [
    ...suite.tests
      .filter(({ original }) => !original.checkOnly)
      .map(({ name, original }) => ({
        name: `${prefix}${name}`,
        fault: caseFault(original),
      })),
    ...suite.suites.flatMap((inner) => casesOf(inner, `${prefix}${inner.name}/`)),
  ];
}

describe('cel-spec conformance', () => {
  const conformance = getConformanceSuite();
  test.each(suites)('%s', (name) => {
    const suite = conformance.suites.find((candidate) => candidate.name === name);
    const cases = suite === undefined ? [] : casesOf(suite);
    const failed = cases.filter(({ fault }) => fault !== undefined);
    process.stdout.write(`cel-spec ${name}: ${cases.length - failed.length}/${cases.length} passed\n`);
    if (process.env['CEL_CONFORMANCE_VERBOSE'] === '1') {
      process.stdout.write(`${failed.map(({ name: id, fault }) => `${name} ${id}: ${fault}`).join('\n')}\n`);
    }
    expect(cases.length).toBeGreaterThan(10);
    expect(failed.map(({ name: id }) => id).sort()).toEqual(Object.keys(reviewed[name] ?? {}).sort());
  });
});
