import type { CelFunc } from '@bufbuild/cel';
import { celFunc, CelScalar } from '@bufbuild/cel';

const { BOOL, STRING } = CelScalar;

/** Comparisons of texts by code points, as CEL has them; the library's go by UTF-16 units. */
export const TEXT_ORDER: CelFunc[] = [
  celFunc('_<_', [STRING, STRING], BOOL, (left, right) => compareTexts(left, right) < 0),
  celFunc('_<=_', [STRING, STRING], BOOL, (left, right) => compareTexts(left, right) <= 0),
  celFunc('_>_', [STRING, STRING], BOOL, (left, right) => compareTexts(left, right) > 0),
  celFunc('_>=_', [STRING, STRING], BOOL, (left, right) => compareTexts(left, right) >= 0),
];

function compareTexts(left: string, right: string): number {
  const common = Math.min(left.length, right.length);
  for (let at = 0; at < common; at++) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) {
      return rank(one) - rank(other);
    }
  }
  return left.length - right.length;
}

/** Units of surrogate pairs stand for code points above all that one unit can be. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
