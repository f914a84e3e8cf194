import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { mlCreate } from '../ml/ml.js';
import { accessMembers } from '../ml/model-body.js';
import { input, numberInput, parsed, present, textInput, textMap, textMapInput } from '../inputs.js';
import { FLAG, inputsSchema, MAP, TEXT, TEXTS } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';
import { inputFailure } from '../step-failure.js';

const TYPE = 'create_connector';

/** `create_connector`: not repeatable. No message repeats a value of `credential`. */
export const createConnector: ProvisioningStep = {
  type: TYPE,
  schema: inputsSchema(
    {
      name: TEXT,
      description: TEXT,
      version: { type: ['string', 'number'] },
      protocol: TEXT,
      parameters: MAP,
      credential: MAP,
      actions: { type: ['array', 'string'] },
    },
    {
      backend_roles: TEXTS,
      add_all_backend_roles: FLAG,
      access_mode: TEXT,
      client_config: MAP,
      url: TEXT,
      headers: MAP,
    },
  ),
  async run(call) {
    const { inputs } = call;
    const { id } = await mlCreate(call, {
      path: 'connectors/_create',
      body: present({
        name: textInput(inputs, 'name'),
        description: textInput(inputs, 'description'),
        version: textInput(inputs, 'version'),
        protocol: textInput(inputs, 'protocol'),
        parameters: textMapInput(inputs, 'parameters'),
        credential: textMapInput(inputs, 'credential'),
        actions: connectorActions(input(inputs, 'actions')),
        ...accessMembers(inputs),
        client_config: clientConfig(input(inputs, 'client_config')),
        url: input(inputs, 'url'),
        headers: textMapInput(inputs, 'headers'),
      }),
      idMember: 'connector_id',
      failure: 'Failed to create connector',
    });
    return { outputs: { connector_id: id }, resources: [{ step: TYPE, type: 'connector_id', id }] };
  },
};

const ACTION_TEXTS = ['name', 'method', 'url', 'request_body', 'pre_process_function', 'post_process_function'];

function connectorActions(value: Json | undefined): Json[] {
  const actions = typeof value === 'string' ? parsed(value) : value;
  if (!Array.isArray(actions)) throw inputFailure(UNREADABLE);
  return actions.map((action) => {
    const { action_type: actionType, headers, ...members } = isJsonObject(action) ? action : {};
    if (typeof actionType !== 'string' || actionType === '') throw inputFailure(UNREADABLE);
    const texts = ACTION_TEXTS.map((name) => [name, members[name]] as const);
    return present({ action_type: actionType, ...Object.fromEntries(texts), headers: headersOf(headers) });
  });
}

const UNREADABLE = 'IllegalArgumentException in connector configuration';

/** A map of texts, or its JSON text. */
function headersOf(value: Json | undefined): JsonObject | undefined {
  const headers = typeof value === 'string' ? parsed(value) : value;
  if (headers === undefined && value === undefined) return undefined;
  if (!isJsonObject(headers)) throw inputFailure(UNREADABLE);
  return textMap(headers);
}

/** Numbers, which inputs have as texts. */
function clientConfig(value: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const numbers = ['max_connection', 'connection_timeout', 'read_timeout'].map((name) => {
    const number = numberInput(value, name);
    if (number !== undefined && !Number.isInteger(number)) throw inputFailure(UNREADABLE);
    return [name, number] as const;
  });
  return present(Object.fromEntries(numbers));
}
