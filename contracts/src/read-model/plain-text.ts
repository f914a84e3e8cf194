/**
 * Text as the read store can hold it: Postgres has no NUL in text, so it is shown as the replacement character. The
 * log keeps what was sent.
 */
export const plainText = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text);

export const plainTextOrNull = (text: string | null): string | null => (text === null ? null : plainText(text));

/** RFC 3339 UTC with milliseconds. */
export const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();
export const isoTimeOrNull = (timeMs: number | null): string | null => (timeMs === null ? null : isoTime(timeMs));
