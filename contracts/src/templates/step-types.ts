/** What is known of a step type (provisioning 10). */
export type StepType = {
  readonly type: string;
  /** Inputs that `_steps` shows and that validation wants, in that order. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly outputs: readonly string[];
  readonly plugins: readonly string[];
  /** Milliseconds that a node may take when it does not say (provisioning 5.2). */
  readonly timeoutMs: number;
  /** Type of the resource that it records; also the output and the inverse's input of that name. */
  readonly resourceType?: string;
  /** Step type that takes the resource away again. */
  readonly inverse?: string;
  /** The inverse runs only on resources that `allow_delete` lists. */
  readonly needsAllowDelete: boolean;
  /** Running it twice does the same as once. A create that is not repeatable records an intent. */
  readonly repeatable: boolean;
  /** Step type that reprovisioning runs when the node has changed. */
  readonly updateStep?: string;
  /** Evaluated again by each reprovisioning: it makes nothing on the server. */
  readonly evaluatedAgain: boolean;
  /** Templates may not use it (provisioning 4). */
  readonly denied: boolean;
  /** It calls OpenSearch. */
  readonly usesOpenSearch: boolean;
};

export const DEFAULT_TIMEOUT_MS = 10_000;

/** The output of this step is its inputs, and outputs are in the history of the engine (provisioning 17). */
export const ECHOES_INPUTS = 'create_tool';

const MINUTE_MS = 60_000;
const ML = 'opensearch-ml';

const ACCESS = ['backend_roles', 'add_all_backend_roles', 'access_mode'];
const MODEL_OPTIONS = [
  'model_group_id',
  'description',
  'deploy',
  'guardrails',
  'interface',
  'is_enabled',
  'rate_limiter',
  'deploy_setting',
  ...ACCESS,
  'model_node_ids',
];
const MODEL_OUTPUTS = ['model_id', 'register_model_status'];
const INDEX_INPUTS = ['index_name', 'configurations'];
const PIPELINE_INPUTS = ['pipeline_id', 'configurations'];

type Row = Pick<StepType, 'type' | 'required' | 'outputs'> & Partial<StepType>;

const NO_TRAITS = {
  optional: [],
  plugins: [],
  timeoutMs: DEFAULT_TIMEOUT_MS,
  needsAllowDelete: false,
  repeatable: true,
  evaluatedAgain: false,
  denied: false,
  usesOpenSearch: true,
} as const;

const core = (row: Row): StepType => ({ ...NO_TRAITS, ...row });
const ml = (row: Row): StepType => ({ ...NO_TRAITS, plugins: [ML], ...row });
const model = (row: Omit<Row, 'outputs'>): StepType =>
  ml({
    optional: MODEL_OPTIONS,
    outputs: MODEL_OUTPUTS,
    resourceType: 'model_id',
    inverse: 'delete_model',
    repeatable: false,
    ...row,
  });
/** A pipeline is put under its name: again does the same. */
const pipeline = (kind: string): StepType =>
  core({
    type: `create_${kind}`,
    required: PIPELINE_INPUTS,
    optional: ['model_id'],
    outputs: ['pipeline_id'],
    resourceType: 'pipeline_id',
    inverse: `delete_${kind}`,
    needsAllowDelete: true,
    updateStep: `update_${kind}`,
  });
const update = (type: string, required: readonly string[], optional: readonly string[]): StepType =>
  core({ type, required, optional, outputs: [required[0] ?? ''] });
const removal = (type: string, input: string, denied: boolean): StepType =>
  (denied ? core : ml)({ type, required: [input], outputs: [], denied });

/** Every step type, in the order of the specification's table. */
export const STEP_TYPES: readonly StepType[] = [
  core({ type: 'noop', required: [], optional: ['delay'], outputs: [], evaluatedAgain: true, usesOpenSearch: false }),
  core({
    type: 'create_index',
    required: INDEX_INPUTS,
    outputs: ['index_name'],
    resourceType: 'index_name',
    inverse: 'delete_index',
    needsAllowDelete: true,
    repeatable: false,
    updateStep: 'update_index',
  }),
  pipeline('ingest_pipeline'),
  pipeline('search_pipeline'),
  core({
    type: 'reindex',
    required: ['source_index', 'destination_index'],
    optional: ['refresh', 'requests_per_second', 'require_alias', 'slices', 'max_docs'],
    outputs: ['reindex'],
  }),
  ml({
    type: 'create_connector',
    required: ['name', 'description', 'version', 'protocol', 'parameters', 'credential', 'actions'],
    optional: [...ACCESS, 'client_config', 'url', 'headers'],
    outputs: ['connector_id'],
    timeoutMs: MINUTE_MS,
    resourceType: 'connector_id',
    inverse: 'delete_connector',
    repeatable: false,
  }),
  ml({
    type: 'register_model_group',
    required: ['name'],
    optional: ['description', ...ACCESS],
    outputs: ['model_group_id', 'model_group_status'],
    resourceType: 'model_group_id',
    inverse: 'noop',
    repeatable: false,
  }),
  model({ type: 'register_remote_model', required: ['name', 'connector_id'] }),
  model({
    type: 'register_local_pretrained_model',
    required: ['name', 'version', 'model_format'],
    timeoutMs: MINUTE_MS,
  }),
  model({
    type: 'register_local_sparse_encoding_model',
    required: ['name', 'version', 'model_format'],
    optional: ['function_name', 'model_content_hash_value', 'url', ...MODEL_OPTIONS],
    timeoutMs: MINUTE_MS,
  }),
  model({
    type: 'register_local_custom_model',
    required: [
      'name',
      'version',
      'model_format',
      'function_name',
      'model_content_hash_value',
      'url',
      'model_type',
      'embedding_dimension',
      'framework_type',
    ],
    optional: ['model_config', ...MODEL_OPTIONS],
    timeoutMs: MINUTE_MS,
  }),
  ml({
    type: 'deploy_model',
    required: ['model_id'],
    outputs: ['model_id'],
    timeoutMs: 15_000,
    resourceType: 'model_id',
    inverse: 'undeploy_model',
  }),
  ml({ type: 'undeploy_model', required: ['model_id'], outputs: ['success'] }),
  removal('delete_model', 'model_id', false),
  removal('delete_agent', 'agent_id', false),
  removal('delete_connector', 'connector_id', false),
  ml({
    type: 'create_tool',
    required: ['type'],
    optional: [
      'name',
      'description',
      'parameters',
      'attributes',
      'config',
      'include_output_in_agent_response',
      'runtime_resources',
    ],
    outputs: ['tools'],
    evaluatedAgain: true,
    usesOpenSearch: false,
  }),
  ml({
    type: 'register_agent',
    required: ['name', 'type'],
    optional: [
      'description',
      'llm',
      'model',
      'tools',
      'tools_order',
      'parameters',
      'memory',
      'app_type',
      'context_management',
      'context_management_name',
    ],
    outputs: ['agent_id'],
    resourceType: 'agent_id',
    inverse: 'delete_agent',
    repeatable: false,
  }),
  update('update_index', INDEX_INPUTS, []),
  update('update_ingest_pipeline', PIPELINE_INPUTS, ['model_id']),
  update('update_search_pipeline', PIPELINE_INPUTS, ['model_id']),
  removal('delete_index', 'index_name', true),
  removal('delete_ingest_pipeline', 'pipeline_id', true),
  removal('delete_search_pipeline', 'pipeline_id', true),
];

const BY_TYPE: ReadonlyMap<string, StepType> = new Map(STEP_TYPES.map((step) => [step.type, step]));

/** A step type by its name; undefined when there is none. */
export const stepType = (type: string): StepType | undefined => BY_TYPE.get(type);

/** A step type that a check has found to exist. */
export function knownStepType(type: string): StepType {
  const step = BY_TYPE.get(type);
  if (step === undefined) {
    throw new Error(`no step type ${type}: the graph was not checked`);
  }
  return step;
}
