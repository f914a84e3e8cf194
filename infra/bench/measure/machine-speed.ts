import { createHash } from 'node:crypto';

const SLICES = 9;
/** Of one slice: hashed, and walked through in an order that no cache can guess. */
const HASHED = Buffer.alloc(4 * 1024 * 1024, 'flowplane');
const NEXT = shuffledCircle(4 * 1024 * 1024);
const STEPS = 400_000;

/**
 * How long the same work takes now, in ms: hashing (the processor) and jumps through 16 MiB (its memory), by the clock. On a
 * machine that is shared it differs by a third from one minute to the next, and so does everything else that is measured.
 */
export function fixedWorkMs(): number {
  const slices = Array.from({ length: SLICES }, sliceMs).toSorted((a, b) => a - b);
  return slices[Math.floor(SLICES / 2)] as number;
}

function sliceMs(): number {
  const beganAt = performance.now();
  createHash('sha256').update(HASHED).digest();
  let at = 0;
  for (let step = 0; step < STEPS; step++) at = NEXT[at] as number;
  if (at >= NEXT.length) throw new Error('the way round leads out of the memory');
  return performance.now() - beganAt;
}

/** Each member names the next one to go to; all of them are on one way round (Sattolo's shuffle, with a fixed seed). */
function shuffledCircle(size: number): Uint32Array {
  const circle = Uint32Array.from({ length: size }, (_, index) => index);
  let seed = 1;
  for (let index = size - 1; index > 0; index--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const other = seed % index;
    const kept = circle[index] as number;
    circle[index] = circle[other] as number;
    circle[other] = kept;
  }
  return circle;
}
