/**
 * One configuration value: how to read its text, and what stands when the variable is absent. The comment before it is its
 * meaning in docs/configuration.md.
 */
export type ConfigEntry<T> = {
  readonly env: string;
  /** What the text must be, in words; bounds are named apart. */
  readonly form: string;
  /** Least and greatest value, both included: of times in milliseconds. */
  readonly bounds?: { readonly min: number; readonly max: number };
  readonly isTime?: boolean;
  readonly fallback: T | undefined;
  readonly required: boolean;
  /** @throws Error whose message says what is expected. */
  readonly parse: (text: string) => T;
};
type ConfigSpec = Readonly<Record<string, ConfigEntry<unknown>>>;
export type ConfigOf<S extends ConfigSpec> = { readonly [K in keyof S]: S[K] extends ConfigEntry<infer T> ? T : never };

/** All faults of a configuration at once; values are never printed, since some are secrets. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';
  constructor(readonly faults: readonly string[]) {
    super(`configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** Faults that several values make together. A member that could not be read is missing: it has its own fault. */
export type ConfigCheck<C> = (config: Partial<C>) => readonly string[];

/** Whether members could be read; those of absent variables count as read. */
export const wereRead = <C extends object>(config: C, ...members: readonly (keyof C)[]): boolean =>
  members.every((member) => member in config);

/**
 * Reads a whole configuration from the environment; an empty variable counts as absent.
 *
 * @throws InvalidConfig naming every variable that is missing or malformed, and what `checks` find.
 */
export function readConfig<S extends ConfigSpec>(
  env: Readonly<Record<string, string | undefined>>,
  spec: S,
  ...checks: readonly ConfigCheck<ConfigOf<S>>[]
): ConfigOf<S> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(spec)) {
    const text = env[entry.env];
    if (text === undefined || text === '') {
      if (entry.required) faults.push(`${entry.env} is required`);
      values[key] = entry.fallback;
      continue;
    }
    try {
      values[key] = entry.parse(text);
    } catch (cause) {
      faults.push(`${entry.env} ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  for (const check of checks) faults.push(...check(values as Partial<ConfigOf<S>>));
  if (faults.length > 0) throw new InvalidConfig(faults);
  return values as ConfigOf<S>;
}
