import {
  awsConnector,
  awsConnectorDefaults,
  awsRequired,
  CHAT_CONNECTOR,
  COHERE_CHAT,
  COHERE_EMBEDDING,
  COHERE_EMBEDDING_CONNECTOR,
  KEY_REQUIRED,
  keyConnector,
  keyConnectorDefaults,
  TITAN_MULTIMODAL,
  TITAN_MULTIMODAL_CONNECTOR,
} from './connectors.js';
import { DEPLOY_MODEL, remoteModel, remoteModelDefaults } from './models.js';
import type { UseCase } from './use-case.js';
import { template, titles } from './use-case.js';

const MODEL = remoteModel({ deploy: false });

/** Use cases that deploy the model behind a connector. */
export const DEPLOYMENTS: readonly UseCase[] = [
  {
    name: 'open_ai_embedding_model_deploy',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('deploy-openai-model', 'Deploys an OpenAI embedding model'),
      ...keyConnectorDefaults({
        name: 'OpenAI embedding connector',
        description: 'Connector to the embedding API of OpenAI',
        endpoint: 'api.openai.com',
        model: 'text-embedding-ada-002',
        'actions.url': 'https://${parameters.endpoint}/v1/embeddings',
        'actions.request_body': '{ "input": ${parameters.input}, "model": "${parameters.model}" }',
        'actions.pre_process_function': 'connector.pre_process.openai.embedding',
        'actions.post_process_function': 'connector.post_process.openai.embedding',
      }),
      ...remoteModelDefaults('OpenAI embedding model', 'openai-embedding-model'),
    },
    template: template('REMOTE_MODEL_DEPLOYMENT', [
      keyConnector({ parameters: ['endpoint', 'model'], functions: true }),
      MODEL,
      DEPLOY_MODEL,
    ]),
  },
  {
    name: 'cohere_embedding_model_deploy',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('deploy-cohere-model', 'Deploys a Cohere embedding model'),
      ...COHERE_EMBEDDING,
      ...remoteModelDefaults('Cohere english embed model', 'cohere-embedding-model'),
    },
    template: template('REMOTE_MODEL_DEPLOYMENT', [keyConnector(COHERE_EMBEDDING_CONNECTOR), MODEL, DEPLOY_MODEL]),
  },
  {
    name: 'cohere_chat_model_deploy',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('cohere_chat_model_deploy', 'Deploys a Cohere chat model'),
      ...COHERE_CHAT,
      ...remoteModelDefaults('Cohere chat model', 'cohere-chat-model'),
    },
    template: template('REMOTE_MODEL_DEPLOYMENT', [keyConnector(CHAT_CONNECTOR), MODEL, DEPLOY_MODEL]),
  },
  {
    name: 'openai_chat_model_deploy',
    required: KEY_REQUIRED,
    defaults: {
      ...titles('deploy-openai-chat-model', 'Deploys an OpenAI chat model'),
      ...keyConnectorDefaults({
        name: 'OpenAI Chat Connector',
        description: 'Connector to the chat API of OpenAI',
        endpoint: 'api.openai.com',
        model: 'gpt-3.5-turbo',
        'actions.url': 'https://${parameters.endpoint}/v1/chat/completions',
        'actions.request_body': '{ "model": "${parameters.model}", "messages": ${parameters.messages} }',
      }),
      ...remoteModelDefaults('OpenAI chat model', 'openai-chat-model'),
    },
    template: template('REMOTE_MODEL_DEPLOYMENT', [keyConnector(CHAT_CONNECTOR), MODEL, DEPLOY_MODEL]),
  },
  {
    name: 'bedrock_titan_embedding_model_deploy',
    required: awsRequired(),
    defaults: {
      ...titles('bedrock_titan_embedding_model_deploy', 'Deploys a Titan embedding model of Amazon Bedrock'),
      ...awsConnectorDefaults({
        name: 'Amazon Bedrock Connector: embedding',
        description: 'Connector to the Titan embedding model of Amazon Bedrock',
        model: 'amazon.titan-embed-text-v1',
        'actions.url': 'https://bedrock-runtime.${parameters.region}.amazonaws.com/model/${parameters.model}/invoke',
        'actions.request_body': '{ "inputText": "${parameters.inputText}" }',
        'actions.pre_process_function': 'connector.pre_process.bedrock.embedding',
        'actions.post_process_function': 'connector.post_process.bedrock.embedding',
      }),
      ...remoteModelDefaults('Bedrock embedding model', 'bedrock-embedding-model'),
    },
    template: template('REMOTE_MODEL_DEPLOYMENT', [
      awsConnector({ parameters: ['region', 'model'], functions: true }),
      MODEL,
      DEPLOY_MODEL,
    ]),
  },
  {
    name: 'bedrock_titan_multimodal_model_deploy',
    required: awsRequired(),
    defaults: {
      ...titles('bedrock_titan_multimodal_model_deploy', 'Deploys a Titan multi-modal model of Amazon Bedrock'),
      ...TITAN_MULTIMODAL,
      ...remoteModelDefaults('Bedrock multi-modal embedding model', 'bedrock-multi-modal-embedding-model'),
    },
    template: template('REMOTE_MODEL_DEPLOYMENT', [awsConnector(TITAN_MULTIMODAL_CONNECTOR), MODEL, DEPLOY_MODEL]),
  },
];
