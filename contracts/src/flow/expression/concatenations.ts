import type { CelFunc } from '@bufbuild/cel';
import { celFunc, CelScalar } from '@bufbuild/cel';

const { BYTES, STRING } = CelScalar;

/** Longest text that `+` may make, in UTF-16 units: eight times what the result of an expression may hold. */
export const MAX_TEXT_LENGTH = 16 * 1024 * 1024;

/**
 * Bytes that all byte strings made in one evaluation may hold together. They lie outside of the heap, where no limit of
 * a thread's heap reaches them.
 */
export const MAX_BYTE_STRING_BYTES = 64 * 1024 * 1024;

/** Of the evaluation under way. Evaluation is synchronous and never nests. */
let remainingBytes = MAX_BYTE_STRING_BYTES;
let refused = false;

/** Runs one evaluation under a fresh budget; `exhausted` says whether a value was refused. */
export function withSizeBudget<Result>(evaluation: () => Result): {
  readonly result: Result;
  readonly exhausted: boolean;
} {
  remainingBytes = MAX_BYTE_STRING_BYTES;
  refused = false;
  const result = evaluation();
  return { result, exhausted: refused };
}

/** Where values double with every few characters of the text, so an expression of legal length could ask for any size. */
export const CONCATENATIONS: CelFunc[] = [
  celFunc('_+_', [STRING, STRING], STRING, joinedText),
  celFunc('_+_', [BYTES, BYTES], BYTES, joinedBytes),
  celFunc('bytes', [STRING], BYTES, encodedText),
];

const ENCODER = new TextEncoder();

function joinedText(left: string, right: string): string {
  if (left.length + right.length > MAX_TEXT_LENGTH) {
    refuse(`a text would have more than ${MAX_TEXT_LENGTH} characters`);
  }
  return left + right;
}

function joinedBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  charge(left.length + right.length);
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}

function encodedText(text: string): Uint8Array {
  // Three bytes a unit is the most UTF-8 takes, and what the encoder may set aside.
  charge(text.length * 3);
  return ENCODER.encode(text);
}

function charge(bytes: number): void {
  if (bytes > remainingBytes) {
    refuse(`byte strings would have more than ${MAX_BYTE_STRING_BYTES} bytes`);
  }
  remainingBytes -= bytes;
}

function refuse(reason: string): never {
  refused = true;
  throw new Error(reason);
}
