import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { exchange, refusal, shownMessage } from '../opensearch/ask.js';
import { flagInput, input, jsonText, numberInput, present, textInput } from '../inputs.js';
import { FLAG, inputsSchema, NUMBER, TEXT } from '../schemas.js';
import type { ProvisioningStep, StepCall } from '../step.js';
import { backendFailure } from '../step-failure.js';

/** `reindex`: copies documents, from several indices where the source is a comma list. Nothing is recorded. */
export const reindex: ProvisioningStep = {
  type: 'reindex',
  schema: inputsSchema(
    { source_index: TEXT, destination_index: TEXT },
    {
      refresh: FLAG,
      requests_per_second: NUMBER,
      require_alias: FLAG,
      slices: { anyOf: [NUMBER, { const: 'auto' }] },
      max_docs: NUMBER,
    },
  ),
  async run(call) {
    const source = textInput(call.inputs, 'source_index');
    const destination = textInput(call.inputs, 'destination_index');
    const indices = source.split(',').filter((index) => index !== '');
    const request = {
      method: 'POST',
      path: '/_reindex',
      query: queryOf(call),
      body: present({
        source: { index: indices },
        dest: { index: destination },
        max_docs: numberInput(call.inputs, 'max_docs'),
      }),
      failure: `Failed to reindex from source ${source} to ${destination}`,
    } as const;
    const answer = await exchange(call, request);
    const failures = isJsonObject(answer.body) ? answer.body['failures'] : undefined;
    if (Array.isArray(failures) && failures.length > 0)
      throw backendFailure(shownMessage(call.inputs, failureText(failures)), 400);
    if (answer.status >= 400) throw refusal(call, answer, request);
    return { outputs: { reindex: { source_index: source, destination_index: destination } }, resources: [] };
  },
};

function queryOf({ inputs }: StepCall): Record<string, string> {
  const rate = numberInput(inputs, 'requests_per_second');
  const query: JsonObject = present({
    refresh: flagInput(inputs, 'refresh'),
    // Below 0 means without a limit, which the server writes as -1.
    requests_per_second: rate !== undefined && rate < 0 ? -1 : rate,
    require_alias: flagInput(inputs, 'require_alias'),
    slices: input(inputs, 'slices'),
  });
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, jsonText(value)]));
}

/** Bulk and search failures by their reasons: documents are not shown. */
function failureText(failures: readonly Json[]): string {
  const reasons = failures.map((failure) => {
    const { cause, reason, index } = isJsonObject(failure) ? failure : {};
    const said = isJsonObject(cause) ? cause['reason'] : isJsonObject(reason) ? reason['reason'] : undefined;
    return `${typeof index === 'string' ? `${index}: ` : ''}${typeof said === 'string' ? said : 'no reason given'}`;
  });
  return `Failed to get bulk response [${[...new Set(reasons)].join(', ')}]`;
}
