/** The work of one task: none, and the answer that the echo profile gives. */
export type EchoActivities = {
  readonly echo: (taskType: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;
};

export function makeEchoActivities(): EchoActivities {
  return { echo: (taskType, params) => Promise.resolve({ executed: true, taskType, params }) };
}
