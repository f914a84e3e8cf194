import {
  END_NOT_SAID,
  NO_LATER_MEMBERS,
  type EndingStanding,
  type Frame,
  type NodeFrame,
  type RunEnding,
  type StoredValue,
} from '@flowplane/contracts';

export const RUN = { executionId: 'T:W:F:1', tenantId: 'T', workspaceId: 'W', flowId: 'F' } as const;

export const inline = (value: unknown): StoredValue => {
  const json = JSON.stringify(value);
  return { json, ref: null, sizeBytes: Buffer.byteLength(json) };
};

type Described = Partial<Omit<NodeFrame, 'input' | 'output' | 'error'>> & {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
};

/** A frame of one node as the worker writes it; values are given as they are. */
export function nodeFrame(
  nodeId: string,
  status: NodeFrame['status'],
  { input, output, error, ...more }: Described = {},
): Frame {
  return {
    type: 'NodeFrame',
    data: {
      ...RUN,
      ...{ nodeId, iteration: 1, status, attemptNumber: 1, startedAt: null, completedAt: null, reused: false },
      input: input === undefined ? null : inline(input),
      output: output === undefined ? null : inline(output),
      error: error === undefined ? null : { ...error, stack: null },
      ...{ emittedAt: 0, ...NO_LATER_MEMBERS },
      ...more,
    },
  };
}

/** The frames of a task from its schedule to the completion of its last attempt. */
export const taskFrames = (nodeId: string, input: unknown, output?: unknown): readonly Frame[] => [
  nodeFrame(nodeId, 'scheduled'),
  nodeFrame(nodeId, 'started', { startedAt: 10, input }),
  ...(output === undefined ? [] : [nodeFrame(nodeId, 'completed', { startedAt: 10, completedAt: 20, output })]),
];

/** The frames of a node that is no task. */
export const plainFrames = (nodeId: string, output?: unknown): readonly Frame[] => [
  nodeFrame(nodeId, 'started', { startedAt: 10 }),
  nodeFrame(nodeId, 'completed', { startedAt: 10, completedAt: 20, output }),
];

export const NO_STANDING: EndingStanding = { trace: [], open: [], failed: [], arms: [], reused: [] };

/** How the run says that it ends. */
export const endingFrame = (
  standing: Partial<EndingStanding>,
  said: Partial<Omit<RunEnding, 'result'>> & { readonly result?: unknown } = {},
): Frame => {
  const { result, ...more } = said;
  return {
    type: 'RunEnding',
    data: {
      ...RUN,
      ...{ emittedAt: 0, ...END_NOT_SAID, status: 'Completed', workflowTask: 7, startedAt: 1, version: 1 },
      ...{ correlationId: 'corr', standing: inline({ ...NO_STANDING, ...standing }) },
      result: result === undefined ? null : inline(result),
      ...more,
    },
  };
};
