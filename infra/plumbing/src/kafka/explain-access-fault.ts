import { explainTlsFault } from '../tls/index.js';
import type { KafkaConfig } from './types.js';

const VARIABLES = {
  address: 'KAFKA_BROKERS',
  tls: 'KAFKA_SSL',
  authorities: 'KAFKA_SSL_CA_FILE',
  certificate: 'KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE',
};

/** What kafkajs throws, as far as it says why brokers refuse us. */
type Refusal = Error & { readonly type?: unknown; readonly errors?: readonly unknown[] };

/**
 * Says why brokers do not talk to us and which variable to look at; undefined when nothing hints at the connection's
 * settings.
 */
export function explainAccessFault(error: unknown, config: KafkaConfig): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, name, message, cause } = error as Refusal;
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || /mechanism is not supported/.test(message)) {
    return 'the brokers do not take this SASL mechanism: look at KAFKA_SASL_MECHANISM';
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    return 'the brokers want no SASL on this port: look at KAFKA_SASL_MECHANISM and the port in KAFKA_BROKERS';
  }
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
    return 'the brokers refuse user or password: look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD';
  }
  const ofTls = explainTlsFault(error, VARIABLES);
  if (ofTls !== undefined) return ofTls;
  if (cause instanceof Error) return explainAccessFault(cause, config);
  if (name === 'KafkaJSConnectionClosedError') return explainSilence(config);
  return undefined;
}

/** A broker that is not spoken to as it wants closes the connection without a word. */
function explainSilence({ tls, sasl }: KafkaConfig): string {
  const missing = [
    ...(tls === undefined ? ['TLS (KAFKA_SSL)'] : []),
    ...(sasl === undefined ? ['SASL (KAFKA_SASL_MECHANISM)'] : []),
  ];
  const wanted = missing.length === 0 ? 'something else than it gets' : missing.join(' or ');
  return `the broker closed the connection without an answer: does this port want ${wanted}?`;
}
