import { get } from 'node:http';

/** Names, in a run of the tests, the address that starts OpenSearch when it is first asked. */
export const ON_DEMAND_VARIABLE = 'FLOWPLANE_TEST_OPENSEARCH';

/** Time a hook that calls `sharedOpenSearch` needs at most: the first call of a machine fetches the server. */
export const OPENSEARCH_HOOK_MS = 600_000;

/**
 * The url of the OpenSearch server that all spec files of a run share. The first that asks starts it, so a spec waits
 * in `beforeAll(…, OPENSEARCH_HOOK_MS)`, and uses names of indices and pipelines that no other uses.
 *
 * @throws outside of `npm test`, and when the server cannot be started: with what is missing
 */
export async function sharedOpenSearch(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const address = env[ON_DEMAND_VARIABLE];
  if (address === undefined || address === '') {
    throw new Error(`${ON_DEMAND_VARIABLE} is not set: run the test through \`npm test -- <part of its path>\``);
  }
  const { status, text } = await read(address);
  if (status !== 200) throw new Error(`OpenSearch could not be started: ${text}`);
  return text;
}

/** Without a time-out: the answer comes when the server runs. */
function read(address: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(address, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.once('error', reject);
  });
}
