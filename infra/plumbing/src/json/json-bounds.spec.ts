import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exceededBound } from './json-bounds.js';

const exceeds = (text: string, values: number) => exceededBound(Buffer.from(text), { values }) === 'values';

/** Members of objects and items of lists of a value. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, member) => sum + 1 + valuesIn(member), 0);
}

describe('the values of a JSON text', () => {
  it('are counted as those who read it would find them', () => {
    const spaces = fc.constantFrom(0, 1, '\t');
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), spaces, (value, space) => {
        const text = JSON.stringify(value, null, space);
        const count = valuesIn(value);
        expect(exceeds(text, count)).toBe(false);
        if (count > 0) expect(exceeds(text, count - 1)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  const long = 'x'.repeat(100);
  it.each([
    ['lists without items', '[[],[],[ \n ]]', 3],
    ['objects without members', '{"a":{},"b":{ }}', 2],
    ['signs in strings', '{"[,{":"],},[,[,["}', 1],
    ['escapes in strings', '["\\"","\\\\",",\\\\\\",",","]', 4],
    ['long strings', `["${long}\\"${long},","${long}\\\\","${long}\\\\\\"${long},[",0]`, 4],
    ['a string of quotes', `["${'\\",'.repeat(500)}",0]`, 2],
    ['a string of backslashes', `["${'\\\\'.repeat(500)}",0]`, 2],
    ['a member that comes again and again', '{"a":0,"a":0,"a":0}', 3],
    ['white space in front', ' \n [0,0]', 2],
  ])('%s', (_what, text, count) => {
    expect(exceeds(text, count)).toBe(false);
    expect(exceeds(text, count - 1)).toBe(true);
  });

  it('are found too many in what is cut off or goes on as something else', () => {
    expect(exceeds('[0,0,0,0,', 3)).toBe(true);
    expect(exceeds('[0,0,0,0,"', 3)).toBe(true);
    expect(exceeds('{"a" 1,2,3,4,5,6', 3)).toBe(true);
  });

  it('are none in a text that begins with no bracket', () => {
    expect(exceeds('1,2,3,4,5,6,7,8', 3)).toBe(false);
    expect(exceeds('"a,b,c,d,e,f,g,h"', 3)).toBe(false);
  });
});

describe('the depth of a JSON text', () => {
  const exceedsDepth = (text: string, depth: number) => exceededBound(Buffer.from(text), { depth }) === 'depth';
  it.each([
    ['[[[]]]', 3],
    ['[{"a":[]},{"b":[]}]', 3],
    ['["[[[[["]', 1],
    ['0[[', 2],
  ])('%s', (text, depth) => {
    expect(exceedsDepth(text, depth)).toBe(false);
    expect(exceedsDepth(text, depth - 1)).toBe(true);
  });

  it('and its values are looked for together', () => {
    expect(exceededBound(Buffer.from('[[[0,0,0,0]]]'), { depth: 2, values: 3 })).toBe('depth');
    expect(exceededBound(Buffer.from('[0,0,0,0,[[[]]]]'), { depth: 2, values: 3 })).toBe('values');
  });
});
