/** The last row of a page by its sort key: time in epoch milliseconds, then a tie-breaker. */
export type Cursor = { readonly timeMs: number; readonly tie: string };

/** Opaque to clients; stable, since it names a row's key and no row number. */
export function encodeCursor({ timeMs, tie }: Cursor): string {
  return Buffer.from(JSON.stringify([timeMs, tie]), 'utf8').toString('base64url');
}

/** @returns undefined for anything that `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor | undefined {
  if (text.length > 1000 || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [timeMs, tie] = value as readonly unknown[];
  // No row is older than the epoch; the store's calendar ends long before that of JavaScript begins.
  if (typeof timeMs !== 'number' || !Number.isSafeInteger(timeMs) || timeMs < 0 || timeMs > 8.64e15) return undefined;
  return typeof tie === 'string' && !tie.includes('\0') ? { timeMs, tie } : undefined;
}

/** As `decodeCursor`, for lists whose tie-breaker is an offset in the log. */
export function decodeOffsetCursor(text: string): Cursor | undefined {
  const cursor = decodeCursor(text);
  return cursor !== undefined && /^\d{1,15}$/.test(cursor.tie) ? cursor : undefined;
}
