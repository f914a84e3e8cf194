/** Examples of one body, by a name for each. */
export type Examples = Readonly<Record<string, unknown>>;

/** What the document shows of an operation: bodies as docs/spec has them, with the ids `T`, `W` and `F` of its examples. */
export type OperationExamples = {
  /** Of the request's body, where there is one. */
  readonly body?: Examples;
  /** By status, of each answer of the route that has a body. */
  readonly answers: Readonly<Record<number, Examples>>;
};

/** What several examples share. */
export const RUN_ID = '3f2c8a4e-5d17-4b0a-9c63-1e8f70a2d945';
export const RUN = { executionId: `T:W:F:${RUN_ID}`, workflowId: `T:W:F:${RUN_ID}` };
export const COMMAND_ID = '8c1e0f52-7b3d-4a96-8e21-5f04c9d7b6a3';
export const AT = '2026-01-01T00:00:00.000Z';

/** Not decided yet (flows-api 3.2). */
export const PENDING_COMMAND = { commandId: COMMAND_ID, status: 'pending' };
