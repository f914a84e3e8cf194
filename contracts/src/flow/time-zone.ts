import { TIME_ZONE_NAMES } from './time-zone-names.js';

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  TIME_ZONE_NAMES.trim()
    .split(/\s+/)
    .map((name) => [name.toLowerCase(), name]),
);

/**
 * Name of an IANA time zone in the spelling of the engine's zone data, or undefined when the engine has no such zone.
 * Abbreviations and offsets that only the runtime here knows (`PST`, `+02:00`) are none. A differently cased name is
 * corrected, since the engine looks names up by exact spelling.
 */
export function ianaZone(name: string): string | undefined {
  return SPELLINGS.get(name.toLowerCase());
}

/** Two names of one zone (`UTC`, `Etc/UTC`) have the same canonical name. Undefined when there is no such zone. */
export function canonicalZone(name: string): string | undefined {
  const zone = ianaZone(name);
  return zone === undefined
    ? undefined
    : new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
}
