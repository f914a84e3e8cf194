import { request } from 'node:http';

/** The work of one task: none, and the answer that the echo profile gives. */
export type EchoActivities = {
  readonly echo: (taskType: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** What `http.request` does: one GET over a connection for this call only, and all of the answer. */
  readonly call: (url: string) => Promise<unknown>;
};

export function makeEchoActivities(): EchoActivities {
  return { echo: (taskType, params) => Promise.resolve({ executed: true, taskType, params }), call };
}

function call(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode: httpStatus, headers } = response;
        resolve({ httpStatus, headers, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
