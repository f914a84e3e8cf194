import { apiDocument } from '@flowplane/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Content = Readonly<Record<string, object>>;
type Response = {
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
};

type Known = { readonly path: string; readonly method: string; readonly pattern: RegExp };

export type CheckedAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

const document = apiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(JSON.parse(JSON.stringify(document)) as object, 'api');

const known: readonly Known[] = Object.entries(document.paths).flatMap(([path, methods]) => {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[A-Za-z]+\}/g, '[^/]+')}$`);
  return Object.keys(methods).map((method) => ({ path, method, pattern }));
});

const compiled = new Map<string, ValidateFunction>();

/**
 * Holds an answer against the OpenAPI document: its status, content type, headers and body. A path or method that the
 * document does not have must have been refused as such.
 *
 * @throws Error that says what the document promised
 */
export function checkAnswer(method: string, url: string, answer: CheckedAnswer): void {
  const { pathname } = new URL(url);
  const operation = known.find((one) => one.method === method.toLowerCase() && one.pattern.test(pathname));
  const faults = operation === undefined ? unknownRouteFaults(answer) : operationFaults(operation, answer);
  if (faults.length === 0) return;
  const shown = answer.text.slice(0, 2_000);
  throw new Error(`${method} ${pathname} answered ${answer.status} against its schema: ${faults.join('; ')}\n${shown}`);
}

const unknownRouteFaults = ({ status }: CheckedAnswer): readonly string[] =>
  status === 404 || status >= 500 ? [] : ['the document has no such route'];

function operationFaults({ path, method }: Known, answer: CheckedAnswer): readonly string[] {
  const responses = document.paths[path]?.[method]?.['responses'] as Readonly<Record<string, Response>>;
  const response = responses[String(answer.status)];
  if (response === undefined) return [`only ${Object.keys(responses).join(', ')} are documented`];
  const { content = {}, headers = {} } = response;
  const missing = Object.entries(headers).filter(
    ([name, { required }]) => required === true && !answer.headers.has(name),
  );
  const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
  return [
    ...missing.map(([name]) => `header ${name} is missing`),
    ...(type in content ? [] : [`content type ${type} is not ${Object.keys(content).join(', ')}`]),
    ...(type === 'application/json'
      ? bodyFaults(`/paths/${token(path)}/${method}/responses/${answer.status}`, answer)
      : []),
  ];
}

const token = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

function bodyFaults(at: string, { text }: CheckedAnswer): readonly string[] {
  const $ref = encodeURI(`api#${at}/content/${token('application/json')}/schema`);
  const validate = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, validate);
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
