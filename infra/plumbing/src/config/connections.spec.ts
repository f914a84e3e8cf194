import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestAuthority, type KeyPair } from '../../test/certificates.js';
import { CONNECTION_ENTRIES, connectionFaults, engineFaults, stateDatabaseUrl } from './connections.js';
import { text } from './entries.js';
import { kafkaConfig } from './kafka-connection.js';
import { PLAINTEXT_ENTRIES } from './plaintext.js';
import { readConfig } from './read-config.js';
import { TEMPORAL_ENTRIES, usesTemporalTls } from './temporal-connection.js';

type Env = Readonly<Record<string, string>>;

const REMOTE = {
  NODE_ENV: 'production',
  FLOWS_REPLICATION_FACTOR: '3',
  KAFKA_BROKERS: '127.0.0.1:9092,kafka.internal:9093',
  FLOWS_DB_URL: 'postgres://u:hunter2@db.internal/flows',
};
const connections = (env: Env) => readConfig(env, CONNECTION_ENTRIES, connectionFaults);
const engine = (env: Env) =>
  readConfig(
    env,
    { ...PLAINTEXT_ENTRIES, ...TEMPORAL_ENTRIES, temporalAddress: text('TEMPORAL_ADDRESS', '127.0.0.1:7233') },
    engineFaults,
  );

let folder: string;
const file = async (name: string, content: string): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const pair = async (name: string, { cert, key }: KeyPair) => ({
  cert: await file(`${name}.crt`, cert),
  key: await file(`${name}.key`, key),
});
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'flowplane-config-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('plaintext in production', () => {
  it('is refused for every server that is elsewhere, all at once, and prints no value', () => {
    const env = { ...REMOTE, FLOWS_STATE_DB_URL: 'postgres://u:p@db.internal/state?sslmode=disable' };
    expect(() => connections(env)).toThrow(
      /KAFKA_BROKERS would be reached in plaintext.*KAFKA_SSL=1[^]*FLOWS_DB_URL would.*sslmode[^]*FLOWS_STATE_DB_URL would.*FLOWS_ALLOW_PLAINTEXT=1/,
    );
    expect(() => connections(env)).not.toThrow(/hunter2|internal/);
    expect(() => engine({ NODE_ENV: 'production', TEMPORAL_ADDRESS: 'temporal:7233' })).toThrow(
      /TEMPORAL_ADDRESS would be reached in plaintext.*TEMPORAL_TLS=1/,
    );
  });

  it.each<[string, Env]>([
    ['when insisted', { ...REMOTE, FLOWS_ALLOW_PLAINTEXT: '1' }],
    ['outside production', { ...REMOTE, NODE_ENV: 'staging' }],
    [
      'on this machine',
      {
        NODE_ENV: 'production',
        KAFKA_BROKERS: 'localhost:9092,[::1]:9092,127.3.0.1:9092',
        FLOWS_DB_URL: 'postgres:///flows?host=/run/postgresql',
        FLOWS_STATE_DB_URL: 'postgres://[::1]:5432/state',
      },
    ],
    ['never happens with TLS', { ...REMOTE, KAFKA_SSL: '1', FLOWS_DB_URL: `${REMOTE.FLOWS_DB_URL}?sslmode=require` }],
  ])('is let be %s', (_, env) => {
    expect(() => connections(env)).not.toThrow();
  });

  it('is seen where a name could mean another machine, or PGHOST could', () => {
    const local = { ...REMOTE, KAFKA_BROKERS: 'localhost.example:9092', FLOWS_DB_URL: 'postgres:///flows' };
    expect(() => connections(local)).toThrow(/KAFKA_BROKERS[^]*FLOWS_DB_URL/);
  });
});

describe('one replica in production', () => {
  const remote = { ...REMOTE, FLOWS_ALLOW_PLAINTEXT: '1' };
  it('is refused, unless insisted, replicated or on this machine', () => {
    const tls = { ...remote, FLOWS_REPLICATION_FACTOR: '1' };
    expect(() => connections(tls)).toThrow(/FLOWS_REPLICATION_FACTOR is 1[^]*FLOWS_ALLOW_SINGLE_REPLICA=1/);
    for (const env of [
      { FLOWS_ALLOW_SINGLE_REPLICA: '1' },
      { FLOWS_REPLICATION_FACTOR: '3' },
      { KAFKA_BROKERS: '127.0.0.1:9092' },
      { NODE_ENV: 'staging' },
    ]) {
      expect(() => connections({ ...tls, ...env })).not.toThrow();
    }
  });
});

describe('settings of the connections', () => {
  it('are handed to Kafka as its client wants them', async () => {
    const authority = await makeTestAuthority('ours');
    const { cert, key } = await pair('client', await authority.sign({ name: 'client' }));
    const config = connections({
      KAFKA_BROKERS: 'k:9093',
      FLOWS_DB_URL: 'postgres://h/flows',
      KAFKA_SSL: 'on',
      KAFKA_SSL_CA_FILE: await file('ca.crt', authority.cert),
      KAFKA_SSL_CERT_FILE: cert,
      KAFKA_SSL_KEY_FILE: key,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'decider',
      KAFKA_SASL_PASSWORD: 'hunter2',
    });
    expect(kafkaConfig(config, 'me')).toMatchObject({
      brokers: ['k:9093'],
      clientId: 'me',
      tls: { ca: authority.cert, cert: expect.stringContaining('BEGIN CERTIFICATE'), key: expect.any(String) },
      sasl: { mechanism: 'scram-sha-512', username: 'decider', password: 'hunter2' },
    });
    expect(kafkaConfig(connections({ KAFKA_BROKERS: 'k', FLOWS_DB_URL: 'postgres://h/d' }), 'me')).toEqual({
      brokers: ['k'],
      clientId: 'me',
    });
  });

  it('have a fault each for what cannot be used, named together', async () => {
    const authority = await makeTestAuthority('ours');
    const expired = await pair('expired', await authority.sign({ name: 'client', expired: true }));
    const env = {
      KAFKA_BROKERS: 'k:9093',
      FLOWS_DB_URL: 'postgres://h/flows?sslmode=prefer',
      FLOWS_STATE_DB_URL: 'postgres://h/state?sslmode=verify-full&sslrootcert=/nowhere',
      KAFKA_SSL_CA_FILE: join(folder, 'nowhere'),
      KAFKA_SSL_CERT_FILE: expired.cert,
      KAFKA_SSL_KEY_FILE: await file('no.key', 'hunter2'),
      KAFKA_SASL_MECHANISM: 'gssapi',
    };
    expect(() => connections(env)).toThrow(
      /KAFKA_SSL_CA_FILE names a file that cannot be read \(ENOENT\)[^]*KAFKA_SSL_CERT_FILE holds a certificate that expired on[^]*KAFKA_SSL_KEY_FILE must be the path of a private key[^]*KAFKA_SASL_MECHANISM must be one of[^]*FLOWS_DB_URL must have an sslmode of[^]*FLOWS_STATE_DB_URL names a file in sslrootcert that cannot be read/,
    );
    expect(() => connections(env)).not.toThrow(/hunter2|needed together/);
  });

  it('must go together', async () => {
    const authority = await makeTestAuthority('ours');
    const [one, other] = [
      await pair('one', await authority.sign({ name: 'one' })),
      await pair('other', await authority.sign({ name: 'other' })),
    ];
    const env = { KAFKA_BROKERS: 'k', FLOWS_DB_URL: 'postgres://h/d', KAFKA_SASL_MECHANISM: 'plain' };
    expect(() => connections({ ...env, KAFKA_SSL_CERT_FILE: one.cert })).toThrow(
      /KAFKA_SSL is off[^]*KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE are needed together[^]*KAFKA_SASL_USERNAME and/,
    );
    const paths = { TEMPORAL_TLS_CLIENT_CERT_PATH: one.cert, TEMPORAL_TLS_CLIENT_KEY_PATH: other.key };
    expect(() => engine(paths)).toThrow(/CLIENT_KEY_PATH does not belong to .*CLIENT_CERT_PATH/);
    expect(() => engine({ TEMPORAL_TLS: '0', TEMPORAL_TLS_SERVER_NAME: 'x' })).toThrow(/TEMPORAL_TLS is off/);
  });

  it('put TLS before an API key of the engine, unless it is switched off', () => {
    expect(usesTemporalTls(engine({}))).toBe(false);
    expect(usesTemporalTls(engine({ TEMPORAL_API_KEY: 'key' }))).toBe(true);
    expect(usesTemporalTls(engine({ TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'off' }))).toBe(false);
  });
});

describe('stateDatabaseUrl', () => {
  it('is beside the read models unless it is given', () => {
    expect(stateDatabaseUrl('postgres://u:p@h:5432/flows?x=1', undefined)).toBe(
      'postgres://u:p@h:5432/flowplane_state?x=1',
    );
    expect(stateDatabaseUrl('postgres://h/flows', 'postgres://other/state')).toBe('postgres://other/state');
  });
});
