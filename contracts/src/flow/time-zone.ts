/**
 * Name of an IANA time zone as the runtime's zone data spells it, or undefined when there is no such zone.
 * Offsets such as `+02:00` are not zone names. A differently cased name is corrected, since other zone databases
 * look names up by exact spelling.
 */
export function ianaZone(name: string): string | undefined {
  const canonical = canonicalZone(name);
  if (canonical === undefined) {
    return undefined;
  }
  return canonical.toLowerCase() === name.toLowerCase() ? canonical : name;
}

/** Two names of one zone (`UTC`, `Etc/UTC`) have the same canonical name. Undefined when there is no such zone. */
export function canonicalZone(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) {
    return undefined;
  }
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
