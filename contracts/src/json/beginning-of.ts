/**
 * The beginning of a text, without half a character at its end: half of a surrogate pair could be neither kept nor shown.
 *
 * @param most UTF-16 units
 */
export const beginningOf = (text: string, most: number): string => text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
