/**
 * Builders of the Avro schemas of our topics, as typebox is for JSON schemas: one value describes a member both for
 * Avro and for the compiler (`StaticOf`). There is one record per message type, so that each has a fingerprint of its
 * own and adding a type touches no other.
 */

/** A member of a record: how Avro writes it, and the type that it decodes to. */
export type Shape<T> = {
  readonly avro: (namespace: string) => unknown;
  /** Of a member that some values were written without; they read as this. */
  readonly default?: unknown;
  /** Never there: it carries the type. */
  readonly static?: T;
};
export type StaticOf<S> = S extends Shape<infer T> ? T : never;
export type Members = { readonly [name: string]: Shape<unknown> };
/** The decoded record of these members. */
export type DataOf<M> = { readonly [Name in keyof M]: StaticOf<M[Name]> };

export type RecordSchema = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
};

const shape = <T>(type: unknown): Shape<T> => ({ avro: () => type });

export const Text = shape<string>('string');
/** A JSON document as compact text. */
export const Json = shape<string>('string');
export const Int = shape<number>('int');
export const Long = shape<number>('long');
/** Milliseconds since the epoch. */
export const Time = shape<number>('long');
export const Flag = shape<boolean>('boolean');
/** One of these texts. For Avro it is any text, so that another one can be added without a new schema. */
export const oneOf = <T extends string>(): Shape<T> => shape('string');

export const optional = <T>({ avro }: Shape<T>): Shape<T | null> => ({
  avro: (namespace) => ['null', avro(namespace)],
  default: null,
});
export const list = <T>({ avro }: Shape<T>): Shape<readonly T[]> => ({
  avro: (namespace) => ({ type: 'array', items: avro(namespace) }),
});
/** A member that came to a type that was there without it. */
export const added = <T>(member: Shape<T>, before: T): Shape<T> => ({ ...member, default: before });

/** @param name no name may be defined twice in the schema of a message */
export const record = <M extends Members>(name: string, members: M): Shape<DataOf<M>> => ({
  avro: (namespace) => recordSchema(namespace, name, members),
});

export const recordSchema = (namespace: string, name: string, members: Members): RecordSchema => ({
  type: 'record',
  name,
  namespace,
  fields: Object.entries(members).map(([field, { avro, ...rest }]) => ({
    name: field,
    type: avro(namespace),
    ...rest,
  })),
});
