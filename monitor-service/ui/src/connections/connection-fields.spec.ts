import { checkConnection } from '@flowplane/contracts';
import { CONNECTION_KINDS } from '@flowplane/contracts/connections';
import { describe, expect, it } from 'vitest';
import { connectionBody, fieldKey, fieldsOf, valuesOf, type ConnectionField } from './connection-fields.js';

const names = (fields: readonly ConnectionField[]): readonly string[] =>
  fields.map((field) => `${field.name}${field.isRequired ? '*' : ''}`);

describe('the form of a connection', () => {
  it('asks for what the way of authorization needs, and for nothing of another', () => {
    expect(names(fieldsOf('http', 'bearer'))).toEqual(['url*', 'auth*', 'ca', 'token*']);
    expect(names(fieldsOf('http', 'oauth2'))).toEqual([
      ...['url*', 'auth*', 'tokenUrl*', 'scope', 'ca', 'clientId*', 'clientSecret*'],
    ]);
  });

  it.each(CONNECTION_KINDS)('gives a body that is accepted, for %s', (kind) => {
    const fields = fieldsOf(kind, 'basic');
    const filled = (field: ConnectionField): string => {
      if (field.name === 'auth') return 'basic';
      if (field.type === 'number') return '5432';
      if (field.type === 'boolean') return 'true';
      return field.choices[0] ?? (field.name === 'url' ? 'https://example.com/' : 'some-text');
    };
    const required = fields.filter(({ isRequired }) => isRequired);
    const values = Object.fromEntries(required.map((field) => [fieldKey(field), filled(field)]));
    expect(checkConnection(connectionBody(kind, fields, values))).toMatchObject({ ok: true });
  });

  it('begins with the endpoint that there is', () => {
    expect(valuesOf({ host: 'db', port: 5432, tls: true })).toEqual({
      ...{ 'endpoint.host': 'db', 'endpoint.port': '5432', 'endpoint.tls': 'true' },
    });
  });
});
