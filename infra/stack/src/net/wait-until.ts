/**
 * Asks `condition` every `everyMs` until it is true. Rejects with the last fault (or a time-out message naming `what`)
 * after `timeoutMs`, or at once with the signal's reason when it is aborted.
 */
export async function waitUntil(
  what: string,
  condition: () => Promise<boolean>,
  options: { readonly timeoutMs: number; readonly everyMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await condition()) return;
    if (Date.now() >= deadline) throw new Error(`${what} was not ready after ${options.timeoutMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs));
  }
}
