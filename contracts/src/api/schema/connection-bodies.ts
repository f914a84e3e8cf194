import { Type } from '@sinclair/typebox';
import {
  CONNECTION_KINDS,
  CONNECTION_SCHEMAS,
  type ConnectionEndpoints,
  type ConnectionKind,
  type ConnectionSecrets,
} from '../../connections/index.js';

const NAMES: Readonly<Record<ConnectionKind, string>> = {
  http: 'Http',
  postgres: 'Postgres',
  mongo: 'Mongo',
  s3: 'S3',
  smtp: 'Smtp',
  llm: 'Llm',
  functions: 'Functions',
};

type Member = { readonly enum?: readonly string[] };

/** One of the schemas that bodies are checked with, and names for it and its choices of texts. */
function named<T>(schema: Readonly<Record<string, unknown>>, $id: string, description: string) {
  const members = Object.entries(schema['properties'] as Readonly<Record<string, Member>>).map(([name, member]) => [
    name,
    member.enum === undefined ? member : { type: 'string', ...member, $id: `${$id}_${name}` },
  ]);
  return Type.Unsafe<T>({ ...schema, $id, description, properties: Object.fromEntries(members) as object });
}

/** The body of a PUT of one kind; `secret` may be absent where the kind needs none. */
function bodyOfKind<K extends ConnectionKind>(kind: K) {
  const { endpoint, secret } = CONNECTION_SCHEMAS[kind];
  const name = `${NAMES[kind]}Connection`;
  const secretShape = named<ConnectionSecrets[K]>(
    secret,
    `${name}Secret`,
    'What it takes to be let in there. It is kept encrypted and cannot be read back.',
  );
  const isNeeded = (secret['required'] as readonly string[]).length > 0;
  return Type.Object(
    {
      kind: Type.Literal(kind),
      endpoint: named<ConnectionEndpoints[K]>(
        endpoint,
        `${name}Endpoint`,
        'Where the other side is. It can be read back.',
      ),
      secret: isNeeded ? secretShape : Type.Optional(secretShape),
    },
    { $id: `Put${name}` },
  );
}

type BodyOfKind<K extends ConnectionKind> = {
  readonly kind: K;
  readonly endpoint: ConnectionEndpoints[K];
  readonly secret?: ConnectionSecrets[K];
};

/** Body of a PUT: one of the kinds (tasks 9.1). */
export const PutConnectionBody = Type.Unsafe<{ [K in ConnectionKind]: BodyOfKind<K> }[ConnectionKind]>(
  Type.Union(CONNECTION_KINDS.map((kind) => bodyOfKind(kind))),
);
