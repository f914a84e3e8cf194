import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';
import type { Checked } from './errors.js';
import { checked, refuse, valueOf } from './errors.js';
import { checkSetting, PROVISIONING_SETTINGS, SETTING_PREFIX, settingNamed } from './settings.js';

/** Where a value is set: a transient one counts before a persistent one. */
export const SETTING_SCOPES = ['persistent', 'transient'] as const;
export type SettingScope = (typeof SETTING_SCOPES)[number];

/** Texts by the full name of their settings; null sets one back. */
export type SettingChange = Readonly<Record<string, string | null>>;
export type SettingsRequest = Readonly<Record<SettingScope, SettingChange>>;

/**
 * Reads a body of `PUT /_cluster/settings` (provisioning 18): names whole with dots, as nested objects, or mixed. Null sets
 * back, and so does null for a name that ends in `*`, all that begin so.
 *
 * @param body not yet checked
 */
export function readSettingsRequest(body: unknown): Checked<SettingsRequest> {
  return checked(() => {
    if (!isJsonObject(body)) return refuse(400, 'Failed to parse content to map', 'parse_exception');
    const unknown = Object.keys(body).find((name) => !SETTING_SCOPES.some((scope) => scope === name));
    if (unknown !== undefined) {
      return refuse(400, `[cluster_update_settings_request] unknown field [${unknown}]`, 'x_content_parse_exception');
    }
    const request = { persistent: changeIn('persistent', body), transient: changeIn('transient', body) };
    // Null for a name with `*` may mean none.
    if (SETTING_SCOPES.every((scope) => isEmpty(body[scope]))) {
      return refuse(400, 'Validation Failed: 1: no settings to update;', 'action_request_validation_exception');
    }
    return request;
  });
}

const isEmpty = (part: Json | undefined): boolean =>
  part === undefined || part === null || (isJsonObject(part) && Object.keys(part).length === 0);

function changeIn(scope: SettingScope, body: JsonObject): SettingChange {
  const part = body[scope] ?? {};
  if (!isJsonObject(part)) return refuse(400, `[${scope}] must be an object of settings`, 'parse_exception');
  const change = new Map<string, string | null>();
  for (const [name, value] of flatMembers(part, '')) {
    if (change.has(name)) return refuse(400, `duplicate settings key [${name}]`, 'parse_exception');
    change.set(name, value);
  }
  return Object.fromEntries([...change].flatMap(([name, value]) => changesOf(scope, name, value)));
}

function* flatMembers(part: JsonObject, prefix: string): Generator<readonly [name: string, value: string | null]> {
  for (const [key, value] of Object.entries(part)) {
    const name = prefix + key;
    if (isJsonObject(value)) yield* flatMembers(value, `${name}.`);
    else if (Array.isArray(value)) refuse(400, `Failed to parse value for setting [${name}]`, ILLEGAL);
    else yield [name, value === null || value === undefined ? null : String(value)];
  }
}

const ILLEGAL = 'illegal_argument_exception';
const DYNAMIC = PROVISIONING_SETTINGS.filter(({ isDynamic }) => isDynamic).map(({ name }) => SETTING_PREFIX + name);

function changesOf(
  scope: SettingScope,
  name: string,
  value: string | null,
): readonly (readonly [name: string, value: string | null])[] {
  if (value === null && name.endsWith('*')) {
    return DYNAMIC.filter((one) => one.startsWith(name.slice(0, -1))).map((one) => [one, null]);
  }
  const setting = settingNamed(name);
  if (setting === undefined) return refuse(400, `${scope} setting [${name}], not recognized`, ILLEGAL);
  if (!setting.isDynamic) return refuse(400, `${scope} setting [${name}], not dynamically updateable`, ILLEGAL);
  if (value !== null) valueOf(checkSetting(name, value));
  return [[name, value]];
}

/** Settings as an answer shows them: nested by their names, or flat. */
export function shownSettings(texts: Readonly<Record<string, string>>, isFlat: boolean): JsonObject {
  const names = Object.keys(texts).toSorted();
  if (isFlat) return Object.fromEntries(names.map((name) => [name, texts[name] ?? null]));
  // All of them begin the same, and no name is the beginning of another.
  const members = names.map((name) => [name.slice(SETTING_PREFIX.length), texts[name] ?? null]);
  return names.length === 0 ? {} : { plugins: { flow_framework: Object.fromEntries(members) as JsonObject } };
}
