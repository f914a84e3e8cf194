import type { JsonObject } from '../../flow/json.js';
import {
  awsConnector,
  awsRequired,
  COHERE_EMBEDDING,
  COHERE_EMBEDDING_CONNECTOR,
  KEY_REQUIRED,
  keyConnector,
  TITAN_MULTIMODAL,
  TITAN_MULTIMODAL_CONNECTOR,
} from './connectors.js';
import {
  localModel,
  localModelDefaults,
  PRETRAINED,
  PRETRAINED_DEFAULTS,
  remoteModel,
  remoteModelDefaults,
} from './models.js';
import {
  ENRICHER_DEFAULTS,
  enricherPipeline,
  HYBRID_DEFAULTS,
  HYBRID_PIPELINE,
  IMAGE_DEFAULTS,
  IMAGE_INDEX,
  imagePipeline,
  ingestPipeline,
  MODEL_ID,
  SPARSE_INDEX,
  textDefaults,
  textIndex,
  textPipeline,
} from './search-parts.js';
import type { UseCase } from './use-case.js';
import { template, titles, under } from './use-case.js';

const SPARSE = 'register_local_sparse_encoding_model';
const MODEL_REQUIRED = ['create_ingest_pipeline.model_id'];
const FROM_REMOTE = { node: 'register_model' };
const FROM_PRETRAINED = { node: PRETRAINED };

const COHERE_DEFAULTS = {
  ...COHERE_EMBEDDING,
  ...remoteModelDefaults('Cohere english embed model', 'cohere-embedding-model'),
  ...textDefaults('1024'),
};
const COHERE_NODES = [keyConnector(COHERE_EMBEDDING_CONNECTOR), remoteModel(), textPipeline(FROM_REMOTE)];

const REINDEX: JsonObject = {
  id: 'reindex',
  type: 'reindex',
  previous_node_inputs: { create_index: 'index_name' },
  user_inputs: {
    source_index: '${{reindex.source_index}}',
    destination_index: '${{create_index.name}}',
    refresh: false,
    requests_per_second: '${{reindex.requests_per_second}}',
    slices: '${{reindex.slices}}',
  },
};

/** Use cases that prepare a search. */
export const SEARCHES: readonly UseCase[] = [
  {
    name: 'local_neural_sparse_search_bi_encoder',
    required: [],
    defaults: {
      ...titles('local-model-neural-sparse-search', 'Sets up a neural sparse search with a local model'),
      ...localModelDefaults(SPARSE, {
        name: 'amazon/neural-sparse/opensearch-neural-sparse-encoding-v1',
        version: '1.0.1',
        description: 'A neural sparse encoding model',
      }),
      ...under('create_ingest_pipeline', {
        pipeline_id: 'nlp-ingest-pipeline-sparse',
        description: 'Encodes texts sparsely',
        'text_embedding.field_map.input': 'passage_text',
        'text_embedding.field_map.output': 'passage_embedding',
      }),
      'create_index.name': 'my-nlp-index',
    },
    template: template('NEURAL_SPARSE_SEARCH', [
      localModel(SPARSE),
      ingestPipeline({ node: SPARSE }, 'sparse_encoding', {
        field_map: {
          '${{create_ingest_pipeline.text_embedding.field_map.input}}':
            '${{create_ingest_pipeline.text_embedding.field_map.output}}',
        },
      }),
      SPARSE_INDEX,
    ]),
  },
  {
    name: 'semantic_search',
    required: MODEL_REQUIRED,
    defaults: {
      ...titles('semantic_search', 'Sets up a semantic search: ingest pipeline and index'),
      ...MODEL_ID,
      ...textDefaults('1024'),
    },
    template: template('SEMANTIC_SEARCH', [textPipeline({}), textIndex()]),
  },
  {
    name: 'multimodal_search',
    required: MODEL_REQUIRED,
    defaults: {
      ...titles('multimodal_search', 'Sets up a search of texts and images: ingest pipeline and index'),
      ...MODEL_ID,
      ...IMAGE_DEFAULTS,
    },
    template: template('MULTIMODAL_SEARCH', [imagePipeline({}), IMAGE_INDEX]),
  },
  {
    name: 'semantic_search_with_query_enricher',
    required: MODEL_REQUIRED,
    defaults: {
      ...titles('semantic_search', 'Sets up a semantic search: ingest pipeline, search pipeline and index'),
      ...MODEL_ID,
      ...textDefaults('1024'),
      ...ENRICHER_DEFAULTS,
    },
    template: template('SEMANTIC_SEARCH', [textPipeline({}), enricherPipeline({}), textIndex(true)]),
  },
  {
    name: 'hybrid_search',
    required: MODEL_REQUIRED,
    defaults: {
      ...titles('hybrid-search', 'Sets up a hybrid search: ingest pipeline, index and search pipeline'),
      ...MODEL_ID,
      ...textDefaults('1024'),
      ...HYBRID_DEFAULTS,
    },
    template: template('HYBRID_SEARCH', [textPipeline({}), textIndex(true), HYBRID_PIPELINE]),
  },
  {
    name: 'multimodal_search_with_bedrock_titan',
    required: awsRequired(),
    defaults: {
      ...titles('multimodal_search_with_bedrock_titan', 'Sets up a search of texts and images with Amazon Bedrock'),
      ...TITAN_MULTIMODAL,
      ...remoteModelDefaults('Bedrock multi-modal embedding model', 'bedrock-multi-modal-embedding-model'),
      ...IMAGE_DEFAULTS,
    },
    template: template('MULTIMODAL_SEARCH', [
      awsConnector(TITAN_MULTIMODAL_CONNECTOR),
      remoteModel(),
      imagePipeline(FROM_REMOTE),
      IMAGE_INDEX,
    ]),
  },
  {
    name: 'semantic_search_with_cohere_embedding',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('semantic search with cohere embedding', 'Sets up a semantic search with a Cohere embedding model'),
      ...COHERE_DEFAULTS,
    },
    template: template('SEMANTIC_SEARCH', [...COHERE_NODES, textIndex()]),
  },
  {
    name: 'semantic_search_with_cohere_embedding_query_enricher',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('semantic search with cohere embedding', 'Sets up a semantic search whose queries find their model'),
      ...COHERE_DEFAULTS,
      ...ENRICHER_DEFAULTS,
    },
    template: template('SEMANTIC_SEARCH', [...COHERE_NODES, enricherPipeline(FROM_REMOTE), textIndex(true)]),
  },
  {
    name: 'semantic_search_with_local_model',
    required: [],
    defaults: {
      ...titles('semantic search with local pretrained model', 'Sets up a semantic search with a local model'),
      ...PRETRAINED_DEFAULTS,
      ...textDefaults('768'),
    },
    template: template('SEMANTIC_SEARCH', [localModel(PRETRAINED), textPipeline(FROM_PRETRAINED), textIndex()]),
  },
  {
    name: 'hybrid_search_with_local_model',
    required: [],
    defaults: {
      ...titles('hybrid-search', 'Sets up a hybrid search with a local model'),
      ...PRETRAINED_DEFAULTS,
      ...textDefaults('768'),
      ...HYBRID_DEFAULTS,
    },
    template: template('HYBRID_SEARCH', [
      localModel(PRETRAINED),
      textPipeline(FROM_PRETRAINED),
      textIndex(true),
      HYBRID_PIPELINE,
    ]),
  },
  {
    name: 'semantic_search_with_reindex',
    required: [...KEY_REQUIRED, 'reindex.source_index'],
    defaults: {
      ...titles('semantic search with reindex', 'Sets up a semantic search and fills its index from another one'),
      ...COHERE_DEFAULTS,
      ...under('reindex', { source_index: '', requests_per_second: '-1', slices: '1' }),
    },
    template: template('SEMANTIC_SEARCH', [...COHERE_NODES, textIndex(), REINDEX]),
  },
];
