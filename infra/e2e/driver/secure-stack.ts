import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTestAuthority, type KeyPair } from '@flowplane/plumbing/test/certificates';
import { freePorts, startStack, type IsolatedStack, type StackSecurity } from '@flowplane/stack';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

type Env = Readonly<Record<string, string>>;

/** Who the brokers know, and how each proves it; `admin` may do anything. The password is the name and `-secret`. */
export const USERS = {
  admin: 'scram-sha-512',
  'command-service': 'scram-sha-512',
  'projection-service': 'scram-sha-256',
  'trigger-service': 'plain',
  'monitor-service': 'scram-sha-512',
  executor: 'scram-sha-256',
  worker: 'plain',
  foreign: 'scram-sha-512',
} as const;
export type User = keyof typeof USERS;
export type Mechanism = (typeof USERS)[User];

/** A private stack that takes encrypted connections only, and wants to know whose they are. */
export type SecureStack = {
  readonly stack: IsolatedStack;
  /** Brokers by listener: `expired` shows an expired certificate, `mutual` asks for one instead of a password. */
  readonly brokers: { readonly sasl: string; readonly expired: string; readonly mutual: string };
  /** Files in PEM. */
  readonly files: { readonly ca: string; readonly otherCa: string; readonly cert: string; readonly key: string };
  /** How a user connects to Kafka. */
  readonly kafkaEnv: (user: User) => Env;
  /** Url of a database, with the mode and the authority given. */
  readonly databaseUrl: (name: string, tls?: { readonly mode?: string; readonly ca?: string }) => string;
  /** An API key of the engine with permissions such as `namespace:admin`. */
  readonly apiKey: (...permissions: readonly string[]) => Promise<string>;
  readonly close: () => Promise<void>;
};

const ENGINE = 'engine.test';
/** Names under which the engine shows an expired certificate, and asks for one of ours. */
export const EXPIRED_ENGINE = 'expired.engine.test';
export const MUTUAL_ENGINE = 'mutual.engine.test';
export const passwordOf = (user: User): string => `${user}-secret`;

/** Starts it; about as long as a plain one. */
export async function startSecureStack(): Promise<SecureStack> {
  const folder = await mkdtemp(join(tmpdir(), 'flowplane-secure-'));
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const [authority, other] = [await makeTestAuthority('ours'), await makeTestAuthority('other')];
  // Not `localhost`, which stands for a name that the certificate is not for.
  const hosts = ['127.0.0.1', ENGINE, MUTUAL_ENGINE];
  const server = await authority.sign({ name: 'server', hosts });
  const expired = await authority.sign({ name: 'server', hosts: [...hosts, EXPIRED_ENGINE], expired: true });
  const client = await authority.sign({ name: 'client' });
  const files = {
    ca: await file('ca.pem', authority.cert),
    otherCa: await file('other-ca.pem', other.cert),
    cert: await file('client.crt', client.cert),
    key: await file('client.key', client.key),
  };
  const store = (name: string, { cert, key }: KeyPair): Promise<string> => file(name, `${key}${cert}`);
  const pair = async (name: string, { cert, key }: KeyPair) => ({
    certFile: await file(`${name}.crt`, cert),
    keyFile: await file(`${name}.key`, key),
  });
  const keys = await startKeySet();
  const [expiredPort = 0, mutualPort = 0, innerPort = 0] = await freePorts(3);
  const serverFiles = await pair('server', server);
  const security: StackSecurity = {
    kafka: kafkaSecurity({
      ports: { expired: expiredPort, mutual: mutualPort, inner: innerPort },
      stores: { server: await store('server.pem', server), expired: await store('expired.pem', expired) },
      ca: files.ca,
    }),
    postgres: {
      files: {
        'server.crt': server.cert,
        'server.key': server.key,
        'expired.crt': expired.cert,
        'expired.key': expired.key,
        'pg_hba.conf': ACCESS_RULES,
      },
    },
    temporal: {
      global: {
        tls: {
          frontend: {
            server: serverFiles,
            client: { serverName: ENGINE, rootCaFiles: [files.ca] },
            hostOverrides: {
              [EXPIRED_ENGINE]: await pair('expired', expired),
              [MUTUAL_ENGINE]: { ...serverFiles, requireClientAuth: true, clientCaFiles: [files.ca] },
            },
          },
        },
        authorization: {
          jwtKeyProvider: { keySourceURIs: [keys.url], refreshInterval: '1m' },
          permissionsClaimName: 'permissions',
          authorizer: 'default',
          claimMapper: 'default',
        },
      },
    },
  };
  const stack = await startStack({ security });
  return {
    stack,
    brokers: {
      sasl: stack.endpoints.kafkaBrokers,
      expired: `127.0.0.1:${expiredPort}`,
      mutual: `127.0.0.1:${mutualPort}`,
    },
    files,
    kafkaEnv: (user) => ({
      KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
      KAFKA_SSL: '1',
      KAFKA_SSL_CA_FILE: files.ca,
      KAFKA_SASL_MECHANISM: USERS[user],
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: passwordOf(user),
    }),
    databaseUrl: (name, { mode = 'verify-full', ca = files.ca } = {}) => {
      const url = new URL(stack.endpoints.dbUrl);
      url.pathname = `/${name}`;
      url.searchParams.set('sslmode', mode);
      if (mode.startsWith('verify')) url.searchParams.set('sslrootcert', ca);
      return url.toString();
    },
    apiKey: keys.sign,
    close: async () => {
      await stack.close();
      await keys.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In plaintext only to what the engine keeps to itself: its own connections are none of ours. */
const ACCESS_RULES = [
  'hostnossl temporal,temporal_visibility,postgres all 127.0.0.1/32 scram-sha-256',
  'hostssl all all 127.0.0.1/32 scram-sha-256',
  '',
].join('\n');

type KafkaParts = {
  readonly ports: { readonly expired: number; readonly mutual: number; readonly inner: number };
  readonly stores: { readonly server: string; readonly expired: string };
  readonly ca: string;
};

function kafkaSecurity({ ports, stores, ca }: KafkaParts): StackSecurity['kafka'] {
  const users = Object.keys(USERS) as User[];
  const plain = users.map((user) => `user_${user}="${passwordOf(user)}"`).join(' ');
  const keyStore = (listener: string, store: string): Record<string, string> => ({
    [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.keystore.location`]: store,
    [`listener.name.${listener}.ssl.truststore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.truststore.location`]: ca,
  });
  const sasl = (listener: string): Record<string, string> => ({
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required ${plain};`,
    ...Object.fromEntries(
      ['scram-sha-256', 'scram-sha-512'].map((mechanism) => [
        `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      ]),
    ),
  });
  return {
    settings: ({ port, controllerPort }) => {
      const clients = [
        `SASL://127.0.0.1:${port}`,
        `EXPIRED://127.0.0.1:${ports.expired}`,
        `MUTUAL://127.0.0.1:${ports.mutual}`,
      ];
      const all = [...clients, `INNER://127.0.0.1:${ports.inner}`];
      return {
        listeners: [...all, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
        'advertised.listeners': all.join(','),
        'listener.security.protocol.map':
          'SASL:SASL_SSL,EXPIRED:SASL_SSL,MUTUAL:SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT',
        'inter.broker.listener.name': 'INNER',
        ...keyStore('sasl', stores.server),
        ...keyStore('expired', stores.expired),
        ...keyStore('mutual', stores.server),
        ...sasl('sasl'),
        ...sasl('expired'),
        'listener.name.mutual.ssl.client.auth': 'required',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // The broker talks to itself as nobody in particular.
        'super.users': 'User:ANONYMOUS;User:admin;User:CN=client',
      };
    },
    scramUsers: users.flatMap((user) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((mechanism) => `${mechanism}=[name=${user},password=${passwordOf(user)}]`),
    ),
  };
}

/** The keys with which the engine checks API keys, served as it wants them. */
async function startKeySet() {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'one' }] });
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(keySet));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    sign: (...permissions: readonly string[]) =>
      new SignJWT({ permissions })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setSubject('flowplane')
        .setExpirationTime('1h')
        .sign(privateKey),
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
