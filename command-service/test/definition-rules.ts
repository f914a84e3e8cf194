import type { DefinitionRules } from '../src/routes/flows/definition-body.js';

/** Rules for reading definitions, with the limits as they are unless somebody sets others. */
export const RULES: DefinitionRules = {
  echoTasks: false,
  strictInputs: false,
  maxNodes: 1000,
  maxTriggers: 100,
  cronMinIntervalMs: 1000,
  maxDefinitionBytes: 300_000,
  maxBodyBytes: 4_000_000,
  maxJsonValues: 100_000,
  exprMaxLength: 4096,
  subFlowMaxDepth: 10,
  subFlowMaxRuns: 1000,
};
