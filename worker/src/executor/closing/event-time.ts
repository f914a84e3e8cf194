type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

/** Epoch milliseconds of a time in a history. */
export function timeMs(time: Timestamp): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
