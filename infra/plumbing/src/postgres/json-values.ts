import { parseJsonExactly } from '@flowplane/contracts/json/exact-integers';
import pg from 'pg';

/** What a value of the database becomes. `undefined` never occurs. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * Settings under which the server writes times, intervals and byte strings in the one way `JSON_TYPES` reads. For
 * `PoolOptions.settings`.
 */
export const JSON_SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'iso_8601',
  bytea_output: 'hex',
  extra_float_digits: '1',
};

type Parse = (text: string) => JsonValue;

/** A number where a double holds it exactly, else its decimal text: no digit is lost. */
const exactNumber: Parse = (text) => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  // Any decimal of up to 15 significant digits survives the way through a double and back.
  return /^-?\d+(\.\d+)?$/.test(text) && significant.length <= 15 && digits.length <= 300 ? Number(text) : text;
};
const wholeNumber: Parse = (text) => {
  const number = Number(text);
  return Math.abs(number) <= 2 ** 53 && BigInt(text) === BigInt(number) ? number : text;
};
/** NaN and the infinities have no number in JSON. */
const double: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);
/** RFC 3339, a fraction only when it is not zero; `infinity` and years before Christ stay as the server writes them. */
const instant: Parse = (text) => text.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/, '$1T$2Z');
const localTime: Parse = (text) => text.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/, '$1T$2');
const base64: Parse = (text) => Buffer.from(text.slice(2), 'hex').toString('base64');
const plain: Parse = (text) => text;
const json: Parse = (text) => parseJsonExactly(text) as JsonValue;

/** By type id: the type's parser and the id of the array of it. Ids of built-in types never change. */
const TYPES: readonly (readonly [id: number, arrayId: number, parse: Parse])[] = [
  [16, 1000, (text) => text === 't'],
  [17, 1001, base64],
  [20, 1016, wholeNumber],
  [21, 1005, wholeNumber],
  [23, 1007, wholeNumber],
  [26, 1028, wholeNumber],
  [700, 1021, double],
  [701, 1022, double],
  [1700, 1231, exactNumber],
  [114, 199, json],
  [3802, 3807, json],
  [1114, 1115, localTime],
  [1184, 1185, instant],
  [25, 1009, plain],
  [1043, 1015, plain],
  [1042, 1014, plain],
  [19, 1003, plain],
  [1082, 1182, plain],
  [1083, 1183, plain],
  [1266, 1270, plain],
  [1186, 1187, plain],
  [2950, 2951, plain],
];

/** As it is; its published type is that of another version. */
const { arrayParser } = pg.types as unknown as {
  readonly arrayParser: {
    readonly create: (text: string, parse: (item: string | null) => JsonValue) => { readonly parse: () => JsonValue[] };
  };
};
const arrayOf =
  (parse: Parse): Parse =>
  (text) =>
    arrayParser.create(text, (item) => (item === null ? null : parse(item))).parse();

const PARSERS: ReadonlyMap<number, Parse> = new Map(
  TYPES.flatMap(([id, arrayId, parse]) => [[id, parse] as const, [arrayId, arrayOf(parse)] as const]),
);

/**
 * For `types` of a query on a pool with `JSON_SETTINGS`: values as JSON. Integers and numerics are numbers where a double
 * holds them exactly and decimal texts elsewhere; times are ISO 8601 (with `Z` where the type has a zone), intervals
 * ISO 8601 durations, byte strings base64, JSON as it is (but for integers beyond ±2^53: their decimal texts), arrays lists; every other type is the server's text.
 */
export const JSON_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (id: number) => PARSERS.get(id) ?? plain,
};
