import { Agent, request } from 'undici';

/** The work of one task: none, and the answer that the echo profile gives. */
export type EchoActivities = {
  readonly echo: (taskType: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** What `http.request` does: one GET over a connection for this call only, with the same client, and all of the answer. */
  readonly call: (url: string) => Promise<unknown>;
};

export function makeEchoActivities(): EchoActivities {
  return { echo: (taskType, params) => Promise.resolve({ executed: true, taskType, params }), call };
}

async function call(url: string): Promise<unknown> {
  const agent = new Agent({ pipelining: 0 });
  try {
    const { statusCode: httpStatus, headers, body } = await request(url, { dispatcher: agent });
    return { httpStatus, headers, body: await body.text() };
  } finally {
    void agent.destroy().catch(() => undefined);
  }
}
