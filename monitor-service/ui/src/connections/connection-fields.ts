import type { AnswerOf } from '@flowplane/contracts/client';
import { CONNECTION_SCHEMAS, HTTP_AUTH, type ConnectionKind, type HttpAuth } from '@flowplane/contracts/connections';

export type ConnectionItem = AnswerOf<'listConnections'>['items'][number];

type Member = { readonly type?: string; readonly enum?: readonly string[]; readonly maxLength?: number };

/** A field of the form of a connection. */
export type ConnectionField = {
  readonly part: 'endpoint' | 'secret';
  readonly name: string;
  readonly type: 'text' | 'number' | 'boolean' | 'choice' | 'lines';
  readonly choices: readonly string[];
  readonly isRequired: boolean;
};

/** Texts of several lines. */
const LINES = new Set(['ca', 'certificate', 'privateKey']);

/** What a connection of a kind is asked for; `http` by the way in which requests are authorized. */
export function fieldsOf(kind: ConnectionKind, auth: HttpAuth): readonly ConnectionField[] {
  const fields = (['endpoint', 'secret'] as const).flatMap((part) => {
    const schema = CONNECTION_SCHEMAS[kind][part];
    const required = schema['required'] as readonly string[];
    return Object.entries(schema['properties'] as Readonly<Record<string, Member>>).map(([name, member]) => ({
      ...{ part, name, type: typeOf(name, member), choices: member.enum ?? [] },
      isRequired: required.includes(name),
    }));
  });
  return kind === 'http' ? ofAuth(fields, auth) : fields;
}

function typeOf(name: string, { type, enum: choices }: Member): ConnectionField['type'] {
  if (choices !== undefined) return 'choice';
  if (type === 'integer') return 'number';
  if (type === 'boolean') return 'boolean';
  return LINES.has(name) ? 'lines' : 'text';
}

/** Members of other ways are refused, those of this way are needed (tasks 9.1). */
function ofAuth(fields: readonly ConnectionField[], auth: HttpAuth): readonly ConnectionField[] {
  const needed = new Set<string>([...HTTP_AUTH[auth].endpoint, ...HTTP_AUTH[auth].secret]);
  const always = new Set(['url', 'auth', 'ca', ...(auth === 'oauth2' ? ['scope'] : [])]);
  return fields
    .filter(({ name }) => always.has(name) || needed.has(name))
    .map((field) => ({ ...field, isRequired: field.isRequired || needed.has(field.name) }));
}

/** What fields hold, by part and name. */
export type FieldValues = Readonly<Record<string, string>>;
export const fieldKey = ({ part, name }: Pick<ConnectionField, 'part' | 'name'>): string => `${part}.${name}`;

/** The body of a PUT: what was filled in; without a secret where there is none. */
export function connectionBody(
  kind: ConnectionKind,
  fields: readonly ConnectionField[],
  values: FieldValues,
): Readonly<Record<string, unknown>> {
  const part = (wanted: ConnectionField['part']): Record<string, unknown> =>
    Object.fromEntries(
      fields.flatMap((field) => {
        const value = values[fieldKey(field)] ?? '';
        return field.part !== wanted || value === '' ? [] : [[field.name, valueOf(field, value)] as const];
      }),
    );
  const secret = part('secret');
  return { kind, endpoint: part('endpoint'), ...(Object.keys(secret).length === 0 ? {} : { secret }) };
}

function valueOf({ type }: ConnectionField, text: string): unknown {
  if (type === 'number') return Number(text);
  if (type === 'boolean') return text === 'true';
  return text;
}

/** What the fields of the endpoint hold of a connection that there is. */
export const valuesOf = (endpoint: Readonly<Record<string, unknown>>): FieldValues =>
  Object.fromEntries(Object.entries(endpoint).map(([name, value]) => [`endpoint.${name}`, String(value)]));
