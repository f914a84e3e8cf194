import type { JsonObject } from '../../flow/json.js';
import { under } from './use-case.js';

type RemoteModelOptions = {
  readonly id?: string;
  readonly connector?: string;
  /** Beginning of its keys. */
  readonly keys?: string;
  /** Deployed with its registration; else a separate step follows. */
  readonly deploy?: boolean;
};

/** Registers the model behind a connector. */
export function remoteModel(options: RemoteModelOptions = {}): JsonObject {
  const {
    id = 'register_model',
    connector = 'create_connector',
    keys = 'register_remote_model',
    deploy = true,
  } = options;
  return {
    id,
    type: 'register_remote_model',
    previous_node_inputs: { [connector]: 'connector_id' },
    user_inputs: {
      name: `\${{${keys}.name}}`,
      description: `\${{${keys}.description}}`,
      function_name: 'remote',
      ...(deploy ? { deploy: true } : {}),
    },
  };
}

export const DEPLOY_MODEL: JsonObject = {
  id: 'deploy_model',
  type: 'deploy_model',
  previous_node_inputs: { register_model: 'model_id' },
};

export const remoteModelDefaults = (
  name: string,
  description: string,
  keys = 'register_remote_model',
): Record<string, string> => under(keys, { name, description });

/** Registers and deploys a model of the repository; the node and its keys are named after its type. */
export const localModel = (type: string): JsonObject => ({
  id: type,
  type,
  user_inputs: {
    ...Object.fromEntries(
      ['name', 'version', 'description', 'model_format', 'deploy'].map((name) => [name, `\${{${type}.${name}}}`]),
    ),
    node_timeout: `\${{${type}.node_timeout}}`,
  },
});

export const localModelDefaults = (
  type: string,
  values: Readonly<Record<'name' | 'version' | 'description', string>>,
): Record<string, string> =>
  under(type, { model_format: 'TORCH_SCRIPT', deploy: 'true', node_timeout: '60s', ...values });

export const PRETRAINED = 'register_local_pretrained_model';

export const PRETRAINED_DEFAULTS = localModelDefaults(PRETRAINED, {
  name: 'huggingface/sentence-transformers/msmarco-distilbert-base-tas-b',
  version: '1.0.2',
  description: 'A sentence transformer model',
});
