import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { ProblemCode } from '../../problems/index.js';

/** One answer of a route: its body and the headers that only this answer has (those of all answers are added). */
export type RouteAnswer = {
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly body?: TSchema;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** By lower-case name; an optional property may be absent. */
  readonly headers?: TObject;
};

/**
 * What a client may send to a route and what it can get back. Everything that follows from the route's row in
 * `ROUTES` (path parameters, refusals of the access checks, headers of commands and reads, 202 for a pending command)
 * is added by `operationOf` and not written here.
 */
export type RouteSchema = {
  readonly summary: string;
  readonly description?: string;
  readonly query?: TObject;
  /** Request headers that only this route reads, by lower-case name. */
  readonly headers?: TObject;
  readonly body?: TSchema;
  /** Members of the body that are read too, as other spellings or beside the query; not in the document. */
  readonly otherMembers?: readonly string[];
  /** Default true, where there is a body. */
  readonly bodyRequired?: boolean;
  /** Default `application/json`. */
  readonly bodyType?: string;
  /** By status. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Codes that only this route's own checks can give. */
  readonly refusals: readonly ProblemCode[];
};

export type BodyOf<Schema extends RouteSchema> = Schema extends { readonly body: infer Body extends TSchema }
  ? Static<Body>
  : undefined;

export type QueryOf<Schema extends RouteSchema> = Schema extends { readonly query: infer Query extends TObject }
  ? Static<Query>
  : Readonly<Record<never, never>>;

/** Union of the bodies that a route answers when it does what it was asked. */
export type ResultOf<Schema extends RouteSchema> = {
  [Status in keyof Schema['answers']]: Schema['answers'][Status] extends { readonly body: infer Body extends TSchema }
    ? Static<Body>
    : undefined;
}[keyof Schema['answers']];
