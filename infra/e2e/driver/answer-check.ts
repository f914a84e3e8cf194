import { apiDocument } from '@flowplane/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Content = Readonly<Record<string, object>>;
type Response = {
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
};

type Reference = { readonly $ref: string };

type Known = { readonly path: string; readonly method: string; readonly pattern: RegExp };

export type CheckedAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

const document = apiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(JSON.parse(JSON.stringify(document)) as object, 'api');

/** As a router has them: a path without parameters is meant before one whose parameter could be that text. */
const paths = Object.entries(document.paths).toSorted(
  ([one], [other]) => one.split('{').length - other.split('{').length,
);

const known: readonly Known[] = paths.flatMap(([path, methods]) => {
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
  const operation = document.paths[path]?.[method];
  const responses = operation?.['responses'] as Readonly<Record<string, Response | Reference>>;
  const listed = responses[String(answer.status)];
  const response = listed !== undefined && '$ref' in listed ? referred(listed) : listed;
  if (response === undefined || listed === undefined)
    return [`only ${Object.keys(responses).join(', ')} are documented`];
  const at = '$ref' in listed ? listed.$ref : `#/paths/${token(path)}/${method}/responses/${answer.status}`;
  const { content = {}, headers = {} } = response;
  const missing = Object.entries(headers).filter(
    ([name, { required }]) => required === true && !answer.headers.has(name),
  );
  const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
  return [
    ...missing.map(([name]) => `header ${name} is missing`),
    ...(type in content ? [] : [`content type ${type} is not ${Object.keys(content).join(', ')}`]),
    ...(type === 'application/json'
      ? [...bodyFaults(at, answer), ...codeFaults(operation?.['x-problem-codes'], answer)]
      : []),
  ];
}

/** A response of `components.responses`. */
const referred = ({ $ref }: Reference): Response | undefined =>
  document.components.responses[$ref.replace('#/components/responses/', '')] as Response | undefined;

/** The schema of a refusal has every code of its status; which of them the operation has, it lists itself. */
function codeFaults(listed: unknown, { status, text }: CheckedAnswer): readonly string[] {
  const codes = (listed as Readonly<Record<string, readonly string[]>> | undefined)?.[String(status)];
  if (codes === undefined) return [];
  const { code } = JSON.parse(text) as { readonly code?: string };
  return codes.includes(code ?? '') ? [] : [`/code ${code} is not among ${codes.join(', ')}`];
}

const token = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

function bodyFaults(at: string, { text }: CheckedAnswer): readonly string[] {
  const $ref = encodeURI(`api${at}/content/${token('application/json')}/schema`);
  const validate = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, validate);
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
