import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { entry } from './entries.js';
import type { ConfigEntry } from './read-config.js';

/** A file with certificates in PEM; the value is its text. Read once, at boot. */
export const certificateFile = (env: string): ConfigEntry<string> =>
  entry(env, 'path of a file with certificates in PEM', undefined, (path) => {
    const pem = readText(path);
    firstCertificate(pem);
    return pem;
  });

/** As `certificateFile`, for a certificate we show ourselves: an expired one is a fault at boot. */
export const ownCertificateFile = (env: string): ConfigEntry<string> =>
  entry(env, 'path of a file with certificates in PEM', undefined, (path) => {
    const pem = readText(path);
    const { validTo } = firstCertificate(pem);
    if (Date.parse(validTo) < Date.now()) throw new Error(`holds a certificate that expired on ${validTo}`);
    return pem;
  });

/** A file with a private key in PEM, not encrypted; the value is its text. */
export const privateKeyFile = (env: string): ConfigEntry<string> =>
  entry(env, 'path of a file with a private key in PEM', undefined, (path) => {
    const pem = readText(path);
    try {
      createPrivateKey(pem);
    } catch {
      throw new Error('must be the path of a private key in PEM without a passphrase');
    }
    return pem;
  });

type NamedPem = readonly [variable: string, pem: string | undefined];

/** Faults of a certificate of ours and its key. */
export function keyPairFaults([certificateVariable, certificate]: NamedPem, [keyVariable, key]: NamedPem): string[] {
  if (certificate === undefined && key === undefined) return [];
  if (certificate === undefined || key === undefined) {
    return [`${certificateVariable} and ${keyVariable} are needed together`];
  }
  const fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  return fits ? [] : [`${keyVariable} does not belong to the certificate in ${certificateVariable}`];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`names a file that cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

function firstCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error('must be the path of a certificate in PEM');
  }
}
