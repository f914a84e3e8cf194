import { createHash } from 'node:crypto';

const SLICES = 9;
/** Of one slice: hashed, and walked through in an order that no cache can guess. */
const HASHED = Buffer.alloc(4 * 1024 * 1024, 'flowplane');
const MEMBERS = 16 * 1024 * 1024;
const STEPS = 400_000;

/** Made when it is first needed: not every row measures the machine, and making it takes a while. */
let circle: Uint32Array | undefined;

/**
 * How long the same work takes now, in ms: hashing (the processor) and jumps through 64 MiB (its memory), by the clock. On a
 * machine that is shared it differs by a third from one minute to the next, and so does everything else that is measured.
 */
export function fixedWorkMs(): number {
  const next = (circle ??= shuffledCircle(MEMBERS));
  const slices = Array.from({ length: SLICES }, () => sliceMs(next)).toSorted((a, b) => a - b);
  return slices[Math.floor(SLICES / 2)] as number;
}

function sliceMs(next: Uint32Array): number {
  const beganAt = performance.now();
  createHash('sha256').update(HASHED).digest();
  let at = 0;
  for (let step = 0; step < STEPS; step++) at = next[at] as number;
  if (at >= next.length) throw new Error('the shuffle is broken');
  return performance.now() - beganAt;
}

/** Each member names the next one to go to; all of them are on one way round (Sattolo's shuffle, with a fixed seed). */
function shuffledCircle(size: number): Uint32Array {
  const members = new Uint32Array(size);
  for (let index = 0; index < size; index++) members[index] = index;
  let seed = 1;
  for (let index = size - 1; index > 0; index--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const other = seed % index;
    const kept = members[index] as number;
    members[index] = members[other] as number;
    members[other] = kept;
  }
  return members;
}
