import { connectionSettings } from '../postgres/connection-settings.js';
import type { ConfigEntry } from './read-config.js';

/** An entry with its own form and way to read the text; without a fallback it is required. */
export const entry = <T>(
  env: string,
  form: string,
  fallback: T | undefined,
  parse: (text: string) => T,
): ConfigEntry<T> => ({
  ...{ env, form, fallback, parse },
  required: fallback === undefined,
});

/** Makes a value optional: absent reads as undefined instead of being a fault. */
export const optional = <T>(of: ConfigEntry<T>): ConfigEntry<T | undefined> => ({ ...of, required: false });

export const text = (env: string, fallback?: string): ConfigEntry<string> =>
  entry(env, 'text', fallback, (value) => value);

/** An absolute http or https URL. */
export const url = (env: string, fallback?: string): ConfigEntry<string> =>
  entry(env, 'http(s) URL', fallback, (value) => {
    if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new Error('must be an http(s) URL');
    return value;
  });

/** URL of a Postgres database; its TLS parameters are checked as well. */
export const databaseUrl = (env: string): ConfigEntry<string> =>
  entry(env, 'URL of a Postgres database', undefined, (value) => {
    connectionSettings(value);
    return value;
  });

export const list = (env: string, fallback?: readonly string[]): ConfigEntry<readonly string[]> =>
  entry(env, 'texts with a comma between', fallback, (value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** Origins as browsers send them (`https://console.example:8443`), with a comma between, or `*` for all. */
export const origins = (env: string, fallback?: readonly string[]): ConfigEntry<readonly string[]> => {
  const texts = list(env, fallback);
  return {
    ...texts,
    form: 'origins such as `https://host:port` with a comma between, or `*`',
    parse: (value) => {
      const given = texts.parse(value);
      const isOrigin = (text: string): boolean =>
        text === '*' || (!text.includes('*') && URL.canParse(text) && new URL(text).origin === text);
      if (!given.every(isOrigin))
        throw new Error('must be origins such as https://host:port with a comma between, or *');
      return given;
    },
  };
};

/** Least and greatest value, both included. */
type Bounds = { readonly min?: number; readonly max?: number };

export const integer = (
  env: string,
  fallback?: number,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Bounds = {},
): ConfigEntry<number> => ({
  ...entry(env, 'whole number', fallback, (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  }),
  bounds: { min, max },
});

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time such as `500ms`, `10s`, `24h`, `7d`; the value is in milliseconds. */
export const durationMs = (
  env: string,
  fallback?: number,
  { min = 0, max = Infinity }: Bounds = {},
): ConfigEntry<number> => ({
  ...entry(env, 'time', fallback, (value) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value);
    const unit = UNITS_MS[match?.[2] ?? ''];
    if (match === null || unit === undefined) throw new Error('must be a number with a unit: ms, s, m, h or d');
    const ms = Math.round(Number(match[1]) * unit);
    if (ms < min || ms > max) throw new Error(`must be from ${min} to ${max} ms`);
    return ms;
  }),
  bounds: { min, max },
  isTime: true,
});

/** `1 0 true false on off yes no`. */
export const flag = (env: string, fallback?: boolean): ConfigEntry<boolean> =>
  entry(env, '1 or 0', fallback, (value) => {
    if (['1', 'true', 'on', 'yes'].includes(value.toLowerCase())) return true;
    if (['0', 'false', 'off', 'no'].includes(value.toLowerCase())) return false;
    throw new Error('must be 1 or 0 (true/false, on/off, yes/no)');
  });

export const oneOf = <T extends string>(env: string, choices: readonly T[], fallback?: T): ConfigEntry<T> =>
  entry(env, choices.map((choice) => `\`${choice}\``).join(', '), fallback, (value) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return choice;
  });

/** A JSON document; `check` narrows it or throws with what is expected. */
export const json = <T>(env: string, check: (value: unknown) => T, fallback?: T): ConfigEntry<T> =>
  entry(env, 'JSON', fallback, (value) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      throw new Error('must be JSON');
    }
    return check(parsed);
  });
