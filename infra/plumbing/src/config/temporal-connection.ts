import { flag, optional, text } from './entries.js';
import { certificateFile, keyPairFaults, ownCertificateFile, privateKeyFile } from './pem-files.js';
import { wereRead, type ConfigOf } from './read-config.js';

/** How the engine's clients connect; names as in Temporal's own configuration by environment. */
export const TEMPORAL_ENTRIES = {
  /**
   * Whether the engine is spoken to over TLS; unset: as soon as any other of these variables is set, so that an API
   * key never travels in plaintext.
   */
  temporalTls: optional(flag('TEMPORAL_TLS')),
  /** Authorities that may sign the engine's certificate; unset: those that Node trusts. */
  temporalTlsCa: optional(certificateFile('TEMPORAL_TLS_SERVER_CA_CERT_PATH')),
  /** Our certificate, where the engine asks for one; needed together with its key. */
  temporalTlsCert: optional(ownCertificateFile('TEMPORAL_TLS_CLIENT_CERT_PATH')),
  /** Key of our certificate for the engine. */
  temporalTlsKey: optional(privateKeyFile('TEMPORAL_TLS_CLIENT_KEY_PATH')),
  /** Name that the engine's certificate must have, when it is not the host of `TEMPORAL_ADDRESS`. */
  temporalTlsServerName: optional(text('TEMPORAL_TLS_SERVER_NAME')),
  /** API key that is sent to the engine with every request. */
  temporalApiKey: optional(text('TEMPORAL_API_KEY')),
};

export type TemporalValues = ConfigOf<typeof TEMPORAL_ENTRIES>;

/** Whether the engine is spoken to over TLS. */
export function usesTemporalTls(config: Partial<TemporalValues>): boolean {
  const { temporalTls, temporalTlsCa, temporalTlsCert, temporalTlsKey, temporalTlsServerName, temporalApiKey } = config;
  const implied = temporalTlsCa ?? temporalTlsCert ?? temporalTlsKey ?? temporalTlsServerName ?? temporalApiKey;
  return temporalTls ?? implied !== undefined;
}

/** Settings that do not go together. */
export function temporalFaults(config: Partial<TemporalValues>): readonly string[] {
  if (!temporalWasRead(config)) return [];
  const { temporalTls, temporalTlsCa, temporalTlsCert, temporalTlsKey, temporalTlsServerName } = config;
  const needTls = (temporalTlsCa ?? temporalTlsCert ?? temporalTlsKey ?? temporalTlsServerName) !== undefined;
  return [
    ...(temporalTls === false && needTls ? ['TEMPORAL_TLS is off although TEMPORAL_TLS_* is set'] : []),
    ...keyPairFaults(
      ['TEMPORAL_TLS_CLIENT_CERT_PATH', temporalTlsCert],
      ['TEMPORAL_TLS_CLIENT_KEY_PATH', temporalTlsKey],
    ),
  ];
}

/** False when one of the variables has a fault of its own: what it would have said is not known. */
export const temporalWasRead = (config: Partial<TemporalValues>): boolean =>
  wereRead(config, 'temporalTls', 'temporalTlsCa', 'temporalTlsCert', 'temporalTlsKey');
