import { isJsonObject } from '@flowplane/contracts';
import { ask } from '../opensearch/ask.js';
import { indexSegment } from '../opensearch/names.js';
import { structureInput, textInput } from '../inputs.js';
import { inputsSchema, STRUCTURE, TEXT } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';
import { backendFailure, inputFailure } from '../step-failure.js';
import { explicitSettings, flatSettings, sameSetting } from './settings.js';

/** `update_index`: sends the settings that differ from the present ones. Mappings are left alone. */
export const updateIndex: ProvisioningStep = {
  type: 'update_index',
  schema: inputsSchema({ index_name: TEXT, configurations: STRUCTURE }),
  async run(call) {
    const index = textInput(call.inputs, 'index_name');
    const path = `/${indexSegment(index)}/_settings`;
    const refused = (why: string): Error => inputFailure(`Failed to update index settings for index ${index}, ${why}`);
    if (textInput(call.inputs, 'configurations') === '') throw refused('index configuration is not given');
    const unreadable = `Failed to parse the configurations of index ${index}`;
    const { settings } = structureInput(call.inputs, 'configurations', unreadable) ?? {};
    if (!isJsonObject(settings)) throw refused('settings are not found in the index configuration');

    const unread = `Failed to retrieve the index settings for index ${index}`;
    const answer = await ask(call, { method: 'GET', path, query: { flat_settings: 'true' }, failure: unread });
    const present = explicitSettings(answer, index);
    if (present === undefined) throw backendFailure(unread, 404);
    const changed = [...flatSettings(settings)].filter(([name, value]) => !sameSetting(value, present[name]));
    if (changed.length === 0 && call.again !== true) throw refused('no settings have been updated');
    if (changed.length === 0) return { outputs: { index_name: index }, resources: [] };
    const failure = `Failed to update the index settings for index ${index}`;
    await ask(call, { method: 'PUT', path, body: Object.fromEntries(changed), failure });
    return { outputs: { index_name: index }, resources: [] };
  },
};
