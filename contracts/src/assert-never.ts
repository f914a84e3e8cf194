/** Ends an exhaustive switch: compiling proves that nothing reaches it. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
