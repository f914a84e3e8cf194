import { generate, type SelfsignedOptions } from 'selfsigned';

/** A certificate and its private key, in PEM. */
export type KeyPair = { readonly cert: string; readonly key: string };

/** What an authority signs: a certificate for these host names (addresses are written like names). */
export type CertificateRequest = {
  readonly name: string;
  readonly hosts?: readonly string[];
  /** Default: valid for a day from an hour ago. */
  readonly expired?: boolean;
};

export type TestAuthority = {
  /** What a client must trust, in PEM. */
  readonly cert: string;
  readonly sign: (request: CertificateRequest) => Promise<KeyPair>;
};

const HOUR_MS = 3_600_000;

/** An authority of this test alone. */
export async function makeTestAuthority(name: string): Promise<TestAuthority> {
  const authority = await certify(name, {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: authority.cert,
    sign: ({ name: subject, hosts = [], expired = false }) =>
      certify(subject, {
        ca: authority,
        ...(expired ? { notAfterDate: new Date(Date.now() - HOUR_MS) } : {}),
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          {
            name: 'subjectAltName',
            altNames: hosts.map((host) => (/^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host })),
          },
        ],
      }),
  };
}

async function certify(commonName: string, options: SelfsignedOptions): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 2 * HOUR_MS),
    notAfterDate: new Date(Date.now() + 24 * HOUR_MS),
    ...options,
  });
  return { cert: made.cert, key: made.private };
}
