import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { validateSemantics, type FlowDefinition } from '../../flow/index.js';
import { EXAMPLES } from '../examples/index.js';
import { apiDocument } from './document.js';
import { operations } from './operation.js';

type Media = { readonly examples?: Readonly<Record<string, { readonly value: unknown }>>; readonly example?: unknown };
type WithContent = { readonly content?: Readonly<Record<string, Media>> };

const document = apiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
formats.default(ajv);
ajv.addSchema(JSON.parse(JSON.stringify(document)) as object, 'api');

const token = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

/** What is wrong with the examples of a request or an answer, by the schema beside them. */
function faults(at: string, { content = {} }: WithContent): readonly string[] {
  return Object.entries(content).flatMap(([type, { examples = {}, example }]) => {
    const validate = ajv.compile({ $ref: encodeURI(`api#${at}/content/${token(type)}/schema`) });
    const named = Object.entries(examples).map(([name, { value }]) => [name, value] as const);
    return [...named, ...(example === undefined ? [] : [['example', example] as const])].flatMap(([name, value]) =>
      validate(value) ? [] : [`${at}, example ${name}: ${ajv.errorsText(validate.errors)}`],
    );
  });
}

describe('the OpenAPI document', () => {
  it.each(operations().map((operation) => [operation.name, operation] as const))(
    'describes %s, with an example of its body and of each of its answers',
    (name, { schema }) => {
      const { body, answers = {} } = EXAMPLES[name] ?? {};
      const lacking = [
        ...(schema.summary === '' ? ['summary'] : []),
        ...((schema.description ?? '') === '' ? ['description'] : []),
        ...(schema.body !== undefined && Object.keys(body ?? {}).length === 0 ? ['example of its body'] : []),
        ...Object.entries(schema.answers)
          .filter(([status, answer]) => answer.body !== undefined && answers[Number(status)] === undefined)
          .map(([status]) => `example of its answer ${status}`),
      ];
      expect(
        lacking,
        `${name} lacks ${lacking.join(', ')}. Summary and description stand in contracts/src/api/schema, examples under ` +
          `the same name in contracts/src/api/examples: take them from docs/spec.`,
      ).toEqual([]);
    },
  );

  it('has no example that its schema does not allow', () => {
    const wrong = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) => {
        const at = `/paths/${token(path)}/${method}`;
        const { requestBody = {}, responses } = operation as {
          readonly requestBody?: WithContent;
          readonly responses: Readonly<Record<string, WithContent>>;
        };
        const answers = Object.entries(responses).flatMap(([status, one]) => faults(`${at}/responses/${status}`, one));
        return [...faults(`${at}/requestBody`, requestBody), ...answers];
      }),
    );
    expect(wrong).toEqual([]);
    const shared = Object.entries(document.components.responses);
    expect(shared.flatMap(([name, one]) => faults(`/components/responses/${name}`, one as WithContent))).toEqual([]);
  });

  it('has no examples of statuses and bodies that an operation does not have', () => {
    const idle = operations().flatMap(({ name, schema }) => {
      const { body, answers = {} } = EXAMPLES[name] ?? {};
      const statuses = Object.keys(answers).filter((status) => schema.answers[Number(status)]?.body === undefined);
      return [
        ...(body !== undefined && schema.body === undefined ? [`${name}: body`] : []),
        ...statuses.map((status) => `${name}: ${status}`),
      ];
    });
    expect(idle).toEqual([]);
  });

  it('shows definitions that can be published', () => {
    const { definition } = (EXAMPLES.createFlow?.body ?? {})['json'] as { readonly definition: FlowDefinition };
    expect(validateSemantics(definition, { resolveSubFlow: () => undefined })).toEqual([]);
  });
});
