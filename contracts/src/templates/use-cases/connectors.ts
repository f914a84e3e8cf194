import type { JsonObject } from '../../flow/json.js';
import { under } from './use-case.js';

/** Connectors of the use cases: the node, and the defaults of its placeholders. */

type ConnectorOptions = {
  /** Id of the node, and beginning of its keys. */
  readonly id?: string;
  /** Names beside those that every connector of the kind has, whose values are parameters of it. */
  readonly parameters?: readonly string[];
  /** Parameters that no request changes. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Has functions that turn documents into requests and answers into embeddings. */
  readonly functions?: boolean;
  /** Beginning of the keys of its credential. */
  readonly credentialOf?: string;
};

const placeholders = (prefix: string, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, `\${{${prefix}.${name}}}`]));

function connector(options: ConnectorOptions, credentials: readonly string[], headers: JsonObject): JsonObject {
  const { id = 'create_connector', parameters = [], fixed = {}, functions = false, credentialOf = id } = options;
  const processing = ['pre_process_function', 'post_process_function'];
  return {
    id,
    type: 'create_connector',
    user_inputs: {
      ...placeholders(id, ['name', 'description']),
      version: '1',
      protocol: `\${{${id}.protocol}}`,
      parameters: { ...placeholders(id, parameters), ...fixed },
      credential: placeholders(`${credentialOf}.credential`, credentials),
      actions: [
        {
          action_type: 'predict',
          method: 'POST',
          headers,
          ...placeholders(`${id}.actions`, ['url', 'request_body', ...(functions ? processing : [])]),
        },
      ],
    },
  };
}

/** A connector that sends its key as a bearer token. */
export const keyConnector = (options: ConnectorOptions = {}): JsonObject =>
  connector(options, ['key'], { Authorization: 'Bearer ${credential.key}' });

/** A connector that signs its requests for AWS. */
export const awsConnector = (options: ConnectorOptions = {}): JsonObject =>
  connector({ ...options, fixed: { service_name: 'bedrock', ...options.fixed } }, AWS_KEYS, {
    'content-type': 'application/json',
    'x-amz-content-sha256': 'required',
  });

const AWS_KEYS = ['access_key', 'secret_key', 'session_token'];

/** Required parameter of a use case with a key connector. */
export const KEY_REQUIRED = ['create_connector.credential.key'];

/** Required parameters of a use case with an AWS connector. */
export const awsRequired = (id = 'create_connector'): string[] => AWS_KEYS.map((key) => `${id}.credential.${key}`);

type ConnectorDefaults = Readonly<Record<'name' | 'description' | 'actions.url' | 'actions.request_body', string>> &
  Readonly<Record<string, string>>;

export const keyConnectorDefaults = (values: ConnectorDefaults): Record<string, string> =>
  under('create_connector', { protocol: 'http', 'credential.key': '', ...values });

export const awsConnectorDefaults = (values: ConnectorDefaults, id = 'create_connector'): Record<string, string> =>
  under(id, {
    protocol: 'aws_sigv4',
    region: 'us-east-1',
    ...Object.fromEntries(AWS_KEYS.map((key) => [`credential.${key}`, ''])),
    ...values,
  });

export const COHERE_EMBEDDING = keyConnectorDefaults({
  name: 'cohere-embedding-connector',
  description: 'Connector to the embedding API of Cohere',
  endpoint: 'api.cohere.ai',
  model: 'embed-english-v3.0',
  input_type: 'search_document',
  truncate: 'END',
  'actions.url': 'https://${parameters.endpoint}/v1/embed',
  'actions.request_body':
    '{ "texts": ${parameters.texts}, "truncate": "${parameters.truncate}", "model": "${parameters.model}", "input_type": "${parameters.input_type}" }',
  'actions.pre_process_function': 'connector.pre_process.cohere.embedding',
  'actions.post_process_function': 'connector.post_process.cohere.embedding',
});

export const COHERE_EMBEDDING_CONNECTOR: ConnectorOptions = {
  parameters: ['endpoint', 'model', 'input_type', 'truncate'],
  functions: true,
};

export const COHERE_CHAT = keyConnectorDefaults({
  name: 'Cohere Chat Model',
  description: 'Connector to the chat API of Cohere',
  endpoint: 'api.cohere.ai',
  model: 'command',
  'actions.url': 'https://${parameters.endpoint}/v1/chat',
  'actions.request_body': '{ "message": "${parameters.message}", "model": "${parameters.model}" }',
});

export const CHAT_CONNECTOR: ConnectorOptions = { parameters: ['endpoint', 'model'] };

export const TITAN_MULTIMODAL = awsConnectorDefaults({
  name: 'Amazon Bedrock Connector: multi-modal embedding',
  description: 'Connector to the Titan multi-modal embedding model of Amazon Bedrock',
  model: 'amazon.titan-embed-image-v1',
  input_docs_processed_step_size: '2',
  'actions.url': 'https://bedrock-runtime.${parameters.region}.amazonaws.com/model/${parameters.model}/invoke',
  'actions.request_body':
    '{ "inputText": "${parameters.inputText:-null}", "inputImage": "${parameters.inputImage:-null}" }',
  'actions.pre_process_function': 'connector.pre_process.bedrock.multimodal_embedding',
  'actions.post_process_function': 'connector.post_process.bedrock.embedding',
});

export const TITAN_MULTIMODAL_CONNECTOR: ConnectorOptions = {
  parameters: ['region', 'model', 'input_docs_processed_step_size'],
  functions: true,
};
