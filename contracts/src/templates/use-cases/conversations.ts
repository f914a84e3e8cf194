import type { JsonObject } from '../../flow/json.js';
import {
  awsConnector,
  awsConnectorDefaults,
  awsRequired,
  CHAT_CONNECTOR,
  COHERE_CHAT,
  KEY_REQUIRED,
  keyConnector,
} from './connectors.js';
import { remoteModel, remoteModelDefaults } from './models.js';
import { agentPipeline, RAG_DEFAULTS, RAG_PIPELINE, textDefaults, textIndex, textPipeline } from './search-parts.js';
import type { UseCase } from './use-case.js';
import { template, titles, under } from './use-case.js';

const CHAT = 'create_connector';
const EMBEDDING = 'create_embedding_connector';
const BEDROCK_URL = 'https://bedrock-runtime.${parameters.region}.amazonaws.com/model';

const BEDROCK_RAG: UseCase = {
  name: 'conversational-search-with-bedrock-rag-tool',
  required: awsRequired(),
  defaults: {
    ...titles('deploy-bedrock-chat-model', 'Sets up an agent that answers from an index'),
    ...awsConnectorDefaults({
      name: 'Amazon Bedrock Connector: Claude',
      description: 'Connector to a Claude model of Amazon Bedrock',
      region: 'us-west-2',
      'actions.url': `${BEDROCK_URL}/anthropic.claude-instant-v1/invoke`,
      'actions.request_body':
        '{ "prompt": "${parameters.prompt}", "max_tokens_to_sample": ${parameters.max_tokens_to_sample}, "temperature": ${parameters.temperature}, "anthropic_version": "${parameters.anthropic_version}" }',
    }),
    ...under(EMBEDDING, {
      name: 'Amazon Bedrock Connector: embedding',
      description: 'Connector to the Titan embedding model of Amazon Bedrock',
      protocol: 'aws_sigv4',
      region: 'us-west-2',
      'actions.url': `${BEDROCK_URL}/amazon.titan-embed-text-v2:0/invoke`,
      'actions.request_body': '{ "inputText": "${parameters.inputText}" }',
      'actions.pre_process_function': 'connector.pre_process.bedrock.embedding',
      'actions.post_process_function': 'connector.post_process.bedrock.embedding',
    }),
    ...remoteModelDefaults('anthropic.claude', 'bedrock-chat-model', 'register_bedrock_model'),
    ...remoteModelDefaults('Bedrock embedding model', 'bedrock-embedding-model', 'register_bedrock_embedding_model'),
    ...textDefaults('1024'),
    'rag_tool.parameters.prompt':
      'Human: Answer from the given context. If it does not hold the answer, say that you do not know.\n\nContext:\n${parameters.output_field:-}\n\nHuman: ${parameters.question}\n\nAssistant:',
    ...under('root_agent', {
      name: 'Root agent',
      description: 'Answers questions from the index',
      'parameters.parameters': 'Answer the question as best you can.',
    }),
  },
  template: template('CONVERSATION_SEARCH', [
    awsConnector({
      id: CHAT,
      parameters: ['region'],
      fixed: {
        max_tokens_to_sample: '8000',
        temperature: '1.0E-4',
        response_filter: '$.completion',
        anthropic_version: 'bedrock-2023-05-31',
      },
    }),
    awsConnector({ id: EMBEDDING, parameters: ['region'], functions: true, credentialOf: CHAT }),
    remoteModel({ id: 'register_bedrock_model', connector: CHAT, keys: 'register_bedrock_model' }),
    remoteModel({
      id: 'register_bedrock_embedding_model',
      connector: EMBEDDING,
      keys: 'register_bedrock_embedding_model',
    }),
    textPipeline({ node: 'register_bedrock_embedding_model' }),
    textIndex(),
    {
      id: 'rag_tool',
      type: 'create_tool',
      previous_node_inputs: { register_bedrock_model: 'model_id', register_bedrock_embedding_model: 'model_id' },
      user_inputs: {
        type: 'RAGTool',
        name: 'RAGTool',
        parameters: {
          inference_model_id: '${{register_bedrock_model.model_id}}',
          embedding_model_id: '${{register_bedrock_embedding_model.model_id}}',
          index: '${{create_index.name}}',
          embedding_field: '${{text_embedding.field_map.output}}',
          source_field: '["${{text_embedding.field_map.input}}"]',
          query_type: 'neural',
          input: '${parameters.question}',
          prompt: '${{rag_tool.parameters.prompt}}',
          include_output_in_agent_response: 'true',
        },
      },
    },
    {
      id: 'root_agent',
      type: 'register_agent',
      previous_node_inputs: { rag_tool: 'tools' },
      user_inputs: {
        name: '${{root_agent.name}}',
        description: '${{root_agent.description}}',
        type: 'flow',
        app_type: 'chatbot',
        parameters: { prompt: '${{root_agent.parameters.parameters}}' },
        tools_order: ['rag_tool'],
        memory: { type: 'conversation_index' },
      },
    },
  ]),
};

const tool = (id: string, type: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'create_tool',
  user_inputs: { type, name: type },
  ...more,
});

const PLANNING_TOOL = tool('query_planning_tool', 'QueryPlanningTool', {
  previous_node_inputs: { register_model: 'model_id' },
  user_inputs: {
    type: 'QueryPlanningTool',
    name: 'QueryPlanningTool',
    parameters: {
      model_id: '${{register_model.model_id}}',
      response_filter: '${{query_planning_tool.response_filter}}',
    },
  },
});

const agent = (tools: readonly string[], more: JsonObject): JsonObject => ({
  id: 'register_agent',
  type: 'register_agent',
  previous_node_inputs: {
    register_model: 'model_id',
    ...Object.fromEntries(tools.map((id) => [id, 'tools'])),
  },
  user_inputs: {
    name: '${{register_agent.name}}',
    description: '${{register_agent.description}}',
    type: '${{register_agent.type}}',
    tools_order: [...tools],
    ...more,
  },
});

const agenticDefaults = (kind: string, pipeline: string): Record<string, string> => ({
  ...titles(`agentic_search_with_${kind}_agent`, `Sets up a search whose queries a ${kind} agent writes`),
  ...awsConnectorDefaults({
    name: 'Amazon Bedrock Connector: Claude',
    description: 'Connector to a Claude model of Amazon Bedrock',
    region: 'us-west-2',
    model: 'us.anthropic.claude-sonnet-4-20250514-v1:0',
    'actions.url': `${BEDROCK_URL}/\${parameters.model}/converse`,
    'actions.request_body':
      '{ "system": [{"text": "${parameters.system_prompt}"}], "messages": [${parameters._chat_history:-}{"role":"user","content":[{"text":"${parameters.user_prompt}"}]}${parameters._interactions:-}]${parameters.tool_configs:-} }',
  }),
  ...remoteModelDefaults('Bedrock Claude model for agentic search', 'Writes queries'),
  ...under('register_agent', {
    name: 'Agent for agentic search',
    description: `A ${kind} agent that writes queries`,
    type: kind,
  }),
  'query_planning_tool.response_filter': '$.output.message.content[0].text',
  'create_search_pipeline.pipeline_id': pipeline,
});

const AGENTIC_NODES = [awsConnector({ parameters: ['region', 'model'] }), remoteModel(), PLANNING_TOOL];
/** Releases that have the processors of agentic search. */
const AGENTIC_RELEASES = ['3.2.0', '3.6.0'];

/** Use cases that answer questions. */
export const CONVERSATIONS: readonly UseCase[] = [
  {
    name: 'conversational_search_with_llm_deploy',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('deploy-cohere-chat-model', 'Sets up a conversational search with a Cohere chat model'),
      ...COHERE_CHAT,
      ...remoteModelDefaults('Cohere chat model', 'cohere-chat-model'),
      ...RAG_DEFAULTS,
    },
    template: template('CONVERSATION_SEARCH', [keyConnector(CHAT_CONNECTOR), remoteModel(), RAG_PIPELINE]),
  },
  BEDROCK_RAG,
  {
    name: 'agentic_search_with_flow_agent',
    required: awsRequired(),
    defaults: agenticDefaults('flow', 'agentic-search-pipeline'),
    template: template(
      'AGENTIC_SEARCH_WITH_FLOW_AGENT',
      [...AGENTIC_NODES, agent(['query_planning_tool'], {}), agentPipeline([])],
      AGENTIC_RELEASES,
    ),
  },
  {
    name: 'agentic_search_with_conversational_agent',
    required: awsRequired(),
    defaults: {
      ...agenticDefaults('conversational', 'agentic-search-conversational-pipeline'),
      ...under('register_agent', { llm_interface: 'bedrock/converse/claude', max_iteration: '20' }),
    },
    template: template(
      'AGENTIC_SEARCH_WITH_CONVERSATIONAL_AGENT',
      [
        ...AGENTIC_NODES,
        tool('list_index_tool', 'ListIndexTool'),
        tool('index_mapping_tool', 'IndexMappingTool'),
        agent(['query_planning_tool', 'list_index_tool', 'index_mapping_tool'], {
          llm: { parameters: { max_iteration: '${{register_agent.max_iteration}}' } },
          memory: { type: 'conversation_index' },
          parameters: { _llm_interface: '${{register_agent.llm_interface}}' },
        }),
        agentPipeline([{ agentic_context: { agent_steps_summary: true, dsl_query: true } }]),
      ],
      AGENTIC_RELEASES,
    ),
  },
];
