/** Who asks for something in the workspace `acme-main` of tenant `acme`. */
export const CALLERS = [
  'nobody',
  'viewer',
  'user without roles',
  'other workspace',
  'other tenant',
  'key of another workspace',
  'key of another tenant',
  'anon key',
  'service key',
  'privileged',
  'privileged elsewhere',
  'privileged in the other domain',
  'platform admin',
] as const;
export type CallerName = (typeof CALLERS)[number];

/** Status, and the code of a refusal, as `404 FLOW_NOT_FOUND`. */
export type Expected = string;

/**
 * What a path parameter (or an id in a body or query) of a request is about.
 *
 * - `own`: exists in the workspace of the path
 * - `foreign`: exists elsewhere, in another tenant or in another workspace of the same one
 * - `fabricated`: looks like a foreign one, but does not exist anywhere
 * - `unknown`: could be an own one, but does not exist
 * - `malformed`: can be nobody's
 */
export const ID_KINDS = ['own', 'foreign', 'fabricated', 'unknown', 'malformed'] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** Values of all path parameters, by name; a row picks what its route has. */
export type Ids = Readonly<Record<string, string>>;

/** What is made again for every request under an own id that may be granted, since that request uses it up. */
export type Fresh = 'flow' | 'run' | 'foreign flow' | 'earlier version' | 'connection' | 'foreign connection';

/** What a request of a row carries besides its path. */
export type Carried = { readonly body?: object; readonly query?: string };

/** What a caller who is let in gets, by kind of id; a kind that the route cannot have is left out. */
type Answers = Readonly<Partial<Record<IdKind, Expected>>> & { readonly own: Expected };

/** One route below a workspace, written by hand from the table and the texts of flows-api, never from the code. */
export type Row = Answers & {
  /** Domain: A = structural_admin, D = data_access. */
  readonly domain: 'A' | 'D';
  readonly gate: 'yes' | 'known' | '–';
  /** What callers get whatever the id is, on a route with an order of refusals of its own (flows-api 10.3). */
  readonly instead?: Readonly<Partial<Record<CallerName, Expected>>>;
  /** Texts for `malformed`; default: `MALFORMED_IDS` in every parameter. */
  readonly malformedIds?: readonly Ids[];
  readonly fresh?: Fresh;
  readonly carries?: (ids: Ids) => Carried;
};

/** One operator route: only the platform's roles are let in, whatever workspace or domain they have. */
export type OperatorRow = Answers & Pick<Row, 'malformedIds' | 'fresh' | 'carries'>;

export const NO_FLOW = '404 FLOW_NOT_FOUND';
export const NO_VERSION = '404 VERSION_NOT_FOUND';

/** A flow id that is not here is the same refusal, however it is not here. */
export const nowhere = (code: Expected) => ({ foreign: code, fabricated: code, unknown: code, malformed: code });
