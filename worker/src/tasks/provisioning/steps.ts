import { createConnector } from './create-connector/create-connector.js';
import { createIndex } from './create-index/create-index.js';
import { createIngestPipeline } from './create-ingest-pipeline/create-ingest-pipeline.js';
import { createSearchPipeline } from './create-search-pipeline/create-search-pipeline.js';
import { createTool } from './create-tool/create-tool.js';
import { deleteAgent } from './delete-agent/delete-agent.js';
import { deleteConnector } from './delete-connector/delete-connector.js';
import { deleteIndex } from './delete-index/delete-index.js';
import { deleteIngestPipeline } from './delete-ingest-pipeline/delete-ingest-pipeline.js';
import { deleteModel } from './delete-model/delete-model.js';
import { deleteSearchPipeline } from './delete-search-pipeline/delete-search-pipeline.js';
import { deployModel } from './deploy-model/deploy-model.js';
import { noop } from './noop/noop.js';
import { registerAgent } from './register-agent/register-agent.js';
import { registerLocalCustomModel } from './register-local-custom-model/register-local-custom-model.js';
import { registerLocalPretrainedModel } from './register-local-pretrained-model/register-local-pretrained-model.js';
import { registerLocalSparseEncodingModel } from './register-local-sparse-encoding-model/register-local-sparse-encoding-model.js';
import { registerModelGroup } from './register-model-group/register-model-group.js';
import { registerRemoteModel } from './register-remote-model/register-remote-model.js';
import { reindex } from './reindex/reindex.js';
import type { ProvisioningStep } from './step.js';
import { undeployModel } from './undeploy-model/undeploy-model.js';
import { updateIndex } from './update-index/update-index.js';
import { updateIngestPipeline } from './update-ingest-pipeline/update-ingest-pipeline.js';
import { updateSearchPipeline } from './update-search-pipeline/update-search-pipeline.js';

const STEPS: readonly ProvisioningStep[] = [
  noop,
  createIndex,
  createIngestPipeline,
  createSearchPipeline,
  reindex,
  createConnector,
  registerModelGroup,
  registerRemoteModel,
  registerLocalPretrainedModel,
  registerLocalSparseEncodingModel,
  registerLocalCustomModel,
  deployModel,
  undeployModel,
  deleteModel,
  deleteAgent,
  deleteConnector,
  createTool,
  registerAgent,
  updateIndex,
  updateIngestPipeline,
  updateSearchPipeline,
  deleteIndex,
  deleteIngestPipeline,
  deleteSearchPipeline,
];

/** The steps of provisioning 10 by their type. */
export const PROVISIONING_STEPS: ReadonlyMap<string, ProvisioningStep> = new Map(
  STEPS.map((step) => [step.type, step]),
);
