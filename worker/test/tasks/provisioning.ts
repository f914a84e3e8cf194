import { statusName, type JsonObject, type TemplateResource } from '@flowplane/contracts';
import { startMlEndpoint, type MlEndpoint } from '@flowplane/stack';
import { afterEach, beforeEach, expect } from 'vitest';
import { openSearchClient, type OpenSearchClient } from '../../src/tasks/provisioning/opensearch/client.js';
import { runStep, type StepOutcome } from '../../src/tasks/provisioning/run-step.js';
import type { StepCall } from '../../src/tasks/provisioning/step.js';
import { StepFailure } from '../../src/tasks/provisioning/step-failure.js';

/** A call of a step. It waits for nothing: a wait only gives way to what is due. */
export function callOf(client: OpenSearchClient, inputs: JsonObject, over: Partial<StepCall> = {}): StepCall {
  return {
    nodeId: 'node',
    inputs,
    predecessors: [],
    signal: new AbortController().signal,
    client,
    sleep: (_ms, signal) => {
      signal.throwIfAborted();
      return new Promise((resolve) => setImmediate(resolve));
    },
    taskPollMs: 5000,
    ...over,
  };
}

export type Steps = {
  readonly run: (type: string, inputs: JsonObject, over?: Partial<StepCall>) => Promise<StepOutcome>;
  /** Runs a step that fails. */
  readonly failure: (type: string, inputs: JsonObject, over?: Partial<StepCall>) => Promise<StepFailure>;
};

/** Runs steps on one server. */
export function stepsOn(client: () => OpenSearchClient): Steps {
  const run = (type: string, inputs: JsonObject, over: Partial<StepCall> = {}): Promise<StepOutcome> =>
    runStep(type, callOf(client(), inputs, over));
  return {
    run,
    async failure(type, inputs, over) {
      const failed: unknown = await run(type, inputs, over).catch((thrown: unknown) => thrown);
      expect(failed).toBeInstanceOf(StepFailure);
      return failed as StepFailure;
    },
  };
}

/** What a failure says of itself, to compare with. */
export const said = ({ className, message, status }: StepFailure): readonly [string, string, string] => [
  className,
  message,
  statusName(status),
];

export type MlTrial = Steps & {
  readonly ml: () => MlEndpoint;
  readonly client: () => OpenSearchClient;
  /** Body of the last request. */
  readonly lastBody: () => JsonObject;
};

/** A new ML endpoint for each test of the file that calls this at its top. */
export function onMlEndpoint(): MlTrial {
  let ml: MlEndpoint;
  let client: OpenSearchClient;
  beforeEach(async () => {
    ml = await startMlEndpoint();
    client = openSearchClient({ url: ml.url });
  });
  afterEach(async () => {
    await client.close();
    await ml.close();
  });
  return {
    ...stepsOn(() => client),
    ml: () => ml,
    client: () => client,
    lastBody: () => ml.received.at(-1)?.body as JsonObject,
  };
}

/** An answer of a server that fails, whose text is not for the one who asked. */
export const SERVER_FAULT = { kind: 'fail', status: 500, type: 'x_exception', reason: 'internal details' } as const;

/** Inputs of a connector. */
export const CONNECTOR: JsonObject = {
  name: 'c',
  description: 'd',
  version: '1',
  protocol: 'http',
  parameters: { model: 'm', temperature: '0' },
  credential: { openAI_key: 'sk-12345' },
  actions: [
    {
      action_type: 'predict',
      method: 'POST',
      url: 'https://api.example/v1',
      headers: { Authorization: 'Bearer ${credential.openAI_key}' },
      request_body: '{"input": ${parameters.input}}',
    },
  ],
};

/** The record of something that the node of these calls has created. */
export const created = (step: string, type: string, id: unknown): TemplateResource => ({
  workflow_step_name: step,
  workflow_step_id: 'node',
  resource_type: type,
  resource_id: id as string,
});
