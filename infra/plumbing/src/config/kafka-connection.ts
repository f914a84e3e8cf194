import type { KafkaConfig } from '../kafka/types.js';
import { flag, list, oneOf, optional, text } from './entries.js';
import { certificateFile, keyPairFaults, ownCertificateFile, privateKeyFile } from './pem-files.js';
import { wereRead, type ConfigOf } from './read-config.js';

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Where the brokers are, and how we prove who we are. */
export const KAFKA_ENTRIES = {
  /** Brokers to ask first, as `host:port`. */
  kafkaBrokers: list('KAFKA_BROKERS'),
  /** Whether brokers are spoken to over TLS; their certificates are verified, names included. */
  kafkaSsl: flag('KAFKA_SSL', false),
  /** Authorities that may sign the brokers' certificates; unset: those that Node trusts. */
  kafkaSslCa: optional(certificateFile('KAFKA_SSL_CA_FILE')),
  /** Our certificate, where the brokers ask for one; needed together with its key. */
  kafkaSslCert: optional(ownCertificateFile('KAFKA_SSL_CERT_FILE')),
  /** Key of our certificate for the brokers. */
  kafkaSslKey: optional(privateKeyFile('KAFKA_SSL_KEY_FILE')),
  /** How we prove to the brokers who we are; unset: not at all. Needed together with user and password. */
  kafkaSaslMechanism: optional(oneOf('KAFKA_SASL_MECHANISM', SASL_MECHANISMS)),
  /** User at the brokers. */
  kafkaSaslUsername: optional(text('KAFKA_SASL_USERNAME')),
  /** Password of that user. */
  kafkaSaslPassword: optional(text('KAFKA_SASL_PASSWORD')),
};

type KafkaValues = ConfigOf<typeof KAFKA_ENTRIES>;

/** What `connectKafka` needs to know of the configuration. */
export function kafkaConfig(config: KafkaValues, clientId: string): KafkaConfig {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username, kafkaSaslPassword: password } = config;
  const [ca, cert, key] = [config.kafkaSslCa, config.kafkaSslCert, config.kafkaSslKey];
  return {
    brokers: config.kafkaBrokers,
    clientId,
    ...(config.kafkaSsl ? { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } } : {}),
    ...(mechanism && username !== undefined && password !== undefined
      ? { sasl: { mechanism, username, password } }
      : {}),
  };
}

/** Settings that do not go together. */
export function kafkaFaults(config: Partial<KafkaValues>): readonly string[] {
  const { kafkaSsl, kafkaSslCa, kafkaSslCert, kafkaSslKey } = config;
  const faults: string[] = [];
  if (kafkaSsl === false && (kafkaSslCa ?? kafkaSslCert ?? kafkaSslKey) !== undefined) {
    faults.push('KAFKA_SSL is off although KAFKA_SSL_*_FILE is set: set KAFKA_SSL=1');
  }
  if (wereRead(config, 'kafkaSslCert', 'kafkaSslKey')) {
    faults.push(...keyPairFaults(['KAFKA_SSL_CERT_FILE', kafkaSslCert], ['KAFKA_SSL_KEY_FILE', kafkaSslKey]));
  }
  const sasl = [config.kafkaSaslMechanism, config.kafkaSaslUsername, config.kafkaSaslPassword];
  const given = sasl.filter((value) => value !== undefined).length;
  if (wereRead(config, 'kafkaSaslMechanism') && given > 0 && given < sasl.length) {
    faults.push('KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed together');
  }
  return faults;
}
