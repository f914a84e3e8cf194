/** Names of the variables that decide about a TLS connection, as an operator sets them. */
export type TlsVariables = {
  /** Where the server is. */
  readonly address: string;
  /** Whether TLS is spoken. */
  readonly tls: string;
  /** Authorities that we trust. */
  readonly authorities: string;
  /** Our own certificate. */
  readonly certificate: string;
};

type Explanation = readonly [pattern: RegExp, explain: (variables: TlsVariables) => string];

/** Texts of OpenSSL and codes of Node, which gRPC and the clients of Kafka and Postgres hand on. */
const EXPLANATIONS: readonly Explanation[] = [
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate (has expired|is not yet valid)/i,
    ({ address }) => `the certificate of the server at ${address} has expired or is not valid yet: renew it there`,
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|self-signed certificate|unable to (get|verify) .*certificate/i,
    ({ address, authorities }) =>
      `the certificate of the server at ${address} is signed by no authority that we trust: look at ${authorities}`,
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/i,
    ({ address }) => `the certificate of the server is for another host name than that in ${address}`,
  ],
  [
    /alert (certificate|bad certificate|unknown ca|handshake failure)|ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/i,
    ({ address, certificate }) => `the server at ${address} does not accept our certificate: look at ${certificate}`,
  ],
  [
    /WRONG_VERSION_NUMBER|wrong version number|before secure TLS connection was established|EPROTO/i,
    ({ address, tls }) => `the server at ${address} does not speak TLS on this port: look at ${tls}`,
  ],
];

/**
 * Says why a TLS connection could not be made and which variable to look at.
 *
 * @param error of Node or of a client that hands on Node's message
 * @returns undefined when the cause is none of TLS
 */
export function explainTlsFault(error: unknown, variables: TlsVariables): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { readonly code?: unknown };
  const text = `${typeof code === 'string' ? code : ''} ${error.message}`;
  return EXPLANATIONS.find(([pattern]) => pattern.test(text))?.[1](variables);
}
