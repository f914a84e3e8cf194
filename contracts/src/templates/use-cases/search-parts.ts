import type { JsonObject } from '../../flow/json.js';
import { under } from './use-case.js';

/** Where a pipeline gets its model from: a node, or the request. */
export type ModelSource = { readonly node?: string };

const modelId = ({ node }: ModelSource): string =>
  node === undefined ? '${{create_ingest_pipeline.model_id}}' : `\${{${node}.model_id}}`;

const takesModel = ({ node }: ModelSource): JsonObject =>
  node === undefined ? {} : { previous_node_inputs: { [node]: 'model_id' } };

/** An ingest pipeline with one processor. */
export const ingestPipeline = (source: ModelSource, processor: string, settings: JsonObject): JsonObject => ({
  id: 'create_ingest_pipeline',
  type: 'create_ingest_pipeline',
  ...takesModel(source),
  user_inputs: {
    pipeline_id: '${{create_ingest_pipeline.pipeline_id}}',
    configurations: {
      description: '${{create_ingest_pipeline.description}}',
      processors: [{ [processor]: { model_id: modelId(source), ...settings } }],
    },
  },
});

/** The ingest pipeline that embeds a text. */
export const textPipeline = (source: ModelSource): JsonObject =>
  ingestPipeline(source, 'text_embedding', {
    field_map: { '${{text_embedding.field_map.input}}': '${{text_embedding.field_map.output}}' },
  });

/** The ingest pipeline that embeds a text and an image together. */
export const imagePipeline = (source: ModelSource): JsonObject =>
  ingestPipeline(source, 'text_image_embedding', {
    embedding: '${{text_image_embedding.embedding}}',
    field_map: { text: '${{text_image_embedding.field_map.text}}', image: '${{text_image_embedding.field_map.image}}' },
  });

const METHOD: JsonObject = {
  engine: '${{create_index.mappings.method.engine}}',
  space_type: '${{create_index.mappings.method.space_type}}',
  name: '${{create_index.mappings.method.name}}',
  parameters: {},
};

const index = (settings: JsonObject, properties: JsonObject): JsonObject => ({
  id: 'create_index',
  type: 'create_index',
  previous_node_inputs: { create_ingest_pipeline: 'pipeline_id' },
  user_inputs: {
    index_name: '${{create_index.name}}',
    configurations: {
      settings: { 'index.default_pipeline': '${{create_ingest_pipeline.pipeline_id}}', ...settings },
      mappings: { properties },
    },
  },
});

const VECTOR_SETTINGS: JsonObject = {
  'index.knn': true,
  'index.number_of_shards': '${{create_index.settings.number_of_shards}}',
};

/** The index of a text and its vector. */
export const textIndex = (withSearchPipeline = false): JsonObject =>
  index(
    {
      ...VECTOR_SETTINGS,
      ...(withSearchPipeline ? { 'index.search.default_pipeline': '${{create_search_pipeline.pipeline_id}}' } : {}),
    },
    {
      '${{text_embedding.field_map.input}}': { type: 'text' },
      '${{text_embedding.field_map.output}}': {
        type: 'knn_vector',
        dimension: '${{text_embedding.field_map.output.dimension}}',
        method: METHOD,
      },
    },
  );

/** The index of a text, an image and their vector. */
export const IMAGE_INDEX: JsonObject = index(VECTOR_SETTINGS, {
  id: { type: 'text' },
  '${{text_image_embedding.field_map.text}}': { type: 'text' },
  '${{text_image_embedding.field_map.image}}': { type: 'binary' },
  '${{text_image_embedding.embedding}}': {
    type: 'knn_vector',
    dimension: '${{text_image_embedding.field_map.output.dimension}}',
    method: METHOD,
  },
});

/** The index of a text and its sparse weights. */
export const SPARSE_INDEX: JsonObject = index(
  {},
  {
    '${{create_ingest_pipeline.text_embedding.field_map.input}}': { type: 'text' },
    '${{create_ingest_pipeline.text_embedding.field_map.output}}': { type: 'rank_features' },
  },
);

const searchPipeline = (inputs: JsonObject, configurations: JsonObject): JsonObject => ({
  id: 'create_search_pipeline',
  type: 'create_search_pipeline',
  ...inputs,
  user_inputs: { pipeline_id: '${{create_search_pipeline.pipeline_id}}', configurations },
});

/** The search pipeline that gives queries their model. */
export const enricherPipeline = (source: ModelSource): JsonObject =>
  searchPipeline(takesModel(source), {
    request_processors: [
      { neural_query_enricher: { description: 'Sets the default model', default_model_id: modelId(source) } },
    ],
  });

/** The search pipeline that mixes the scores of two queries. */
export const HYBRID_PIPELINE: JsonObject = searchPipeline(
  {},
  {
    description: 'Mixes the scores of a hybrid search',
    phase_results_processors: [
      {
        'normalization-processor': {
          normalization: { technique: '${{normalization-processor.normalization.technique}}' },
          combination: { technique: '${{normalization-processor.combination.technique}}' },
        },
      },
    ],
  },
);

const RAG = 'create_search_pipeline.retrieval_augmented_generation';

/** The search pipeline that lets a model answer from what was found. */
export const RAG_PIPELINE: JsonObject = searchPipeline(takesModel({ node: 'register_model' }), {
  response_processors: [
    {
      retrieval_augmented_generation: {
        model_id: modelId({ node: 'register_model' }),
        ...Object.fromEntries(
          ['tag', 'description', 'context_field_list', 'system_prompt', 'user_instructions'].map((name) => [
            name,
            `\${{${RAG}.${name}}}`,
          ]),
        ),
      },
    },
  ],
});

export const RAG_DEFAULTS = {
  'create_search_pipeline.pipeline_id': 'rag-pipeline',
  ...under(RAG, {
    tag: 'rag_pipeline_demo',
    description: 'Answers from what was found',
    context_field_list: '["text"]',
    system_prompt: 'You are a helpful assistant',
    user_instructions: 'Answer the question in less than 100 words.',
  }),
};

/** The search pipeline that lets an agent write the query. */
export const agentPipeline = (responseProcessors: readonly JsonObject[]): JsonObject =>
  searchPipeline(
    { previous_node_inputs: { register_agent: 'agent_id' } },
    {
      request_processors: [{ agentic_query_translator: { agent_id: '${{register_agent.agent_id}}' } }],
      ...(responseProcessors.length === 0 ? {} : { response_processors: [...responseProcessors] }),
    },
  );

export const MODEL_ID = { 'create_ingest_pipeline.model_id': '' };

const METHOD_DEFAULTS = { engine: 'lucene', space_type: 'l2', name: 'hnsw' };

/** Defaults of the text pipeline and the text index. */
export const textDefaults = (dimension: string): Record<string, string> => ({
  ...under('create_ingest_pipeline', { pipeline_id: 'nlp-ingest-pipeline', description: 'Embeds texts' }),
  ...under('text_embedding.field_map', {
    input: 'passage_text',
    output: 'passage_embedding',
    'output.dimension': dimension,
  }),
  ...under('create_index', { name: 'my-nlp-index', 'settings.number_of_shards': '2' }),
  ...under('create_index.mappings.method', METHOD_DEFAULTS),
});

/** Defaults of the image pipeline and the image index. */
export const IMAGE_DEFAULTS: Readonly<Record<string, string>> = {
  ...under('create_ingest_pipeline', {
    pipeline_id: 'nlp-multimodal-ingest-pipeline',
    description: 'Embeds texts with images',
  }),
  ...under('text_image_embedding', {
    embedding: 'vector_embedding',
    'field_map.text': 'image_description',
    'field_map.image': 'image_binary',
    'field_map.output.dimension': '1024',
  }),
  ...under('create_index', { name: 'my-multimodal-nlp-index', 'settings.number_of_shards': '2' }),
  ...under('create_index.mappings.method', METHOD_DEFAULTS),
};

export const ENRICHER_DEFAULTS = { 'create_search_pipeline.pipeline_id': 'default_model_pipeline' };

export const HYBRID_DEFAULTS = {
  'create_search_pipeline.pipeline_id': 'nlp-search-pipeline',
  'normalization-processor.normalization.technique': 'min_max',
  'normalization-processor.combination.technique': 'arithmetic_mean',
};
