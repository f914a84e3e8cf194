import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';
import type { Template, TemplateNode, TextMap } from './document.js';
import { mapMembers, mapTexts } from './json-walk.js';
import { placeholderNames } from './placeholders.js';
import { CREDENTIAL } from './user-inputs.js';

/** Stands for a value that is kept encrypted under this id. */
export type SecretPointer = { readonly $secret: string };

/** A value to keep encrypted before what points to it is written. */
export type NewSecret = {
  readonly id: string;
  readonly text: string;
};

/** Clear texts of secrets by id. */
export type Secrets = ReadonlyMap<string, string>;

/**
 * A template whose credentials are pointers, and the secrets that they point to (provisioning 17). Every value of every
 * `credential` entry of the inputs, at any depth, whatever its form, is one secret: the JSON text of the value. Because no
 * such value stays as it was sent, and because pointers are looked for in these places alone, nothing that a client sends
 * can pass for a pointer.
 *
 * @param newId of a secret; called once for each
 */
export function takeCredentials(
  template: Template,
  newId: () => string,
): { readonly template: Template; readonly secrets: readonly NewSecret[] } {
  const secrets: NewSecret[] = [];
  const take = (value: Json): Json => {
    const secret = { id: newId(), text: JSON.stringify(value) };
    secrets.push(secret);
    return { $secret: secret.id };
  };
  return { template: mapNodes(template, (node) => withCredentials(node, take)), secrets };
}

/** Ids of the secrets that the inputs of a node point to. The node has been through `takeCredentials`. */
function credentialIdsOf(node: Pick<TemplateNode, 'userInputs'>): string[] {
  const ids: string[] = [];
  mapCredentials(node.userInputs, (value) => {
    ids.push(secretIdIn(value));
    return value;
  });
  return ids;
}

/** Ids of the secrets of all nodes of a template that has been through `takeCredentials`. */
export function templateSecretIds(template: Template): string[] {
  return Object.values(template.workflows).flatMap(({ nodes }) => nodes.flatMap(credentialIdsOf));
}

/**
 * A node with its credentials in clear, as it was before `takeCredentials`.
 *
 * @throws when a secret is not among those given
 */
export function putCredentialsBack<Node extends Pick<TemplateNode, 'userInputs'>>(node: Node, secrets: Secrets): Node {
  return withCredentials(node, (value) => JSON.parse(clearText(secretIdIn(value), secrets)) as Json);
}

/** A node with a placeholder for each credential, which a comparison takes as equal to everything. */
export const hideCredentials = <Node extends Pick<TemplateNode, 'userInputs'>>(node: Node): Node =>
  withCredentials(node, () => '${{ credential }}');

/** A parameter of a provisioning as events and histories carry it: in clear, or a pointer. */
export type KeptParameter = string | SecretPointer;

/**
 * Parameters with those that end in a credential as pointers (provisioning 17), and the secrets that they point to.
 *
 * @param template that has been through `takeCredentials`
 * @param secrets of the template
 */
export function takeSecretParameters(
  template: Template,
  secrets: Secrets,
  parameters: TextMap,
  newId: () => string,
): { readonly parameters: Readonly<Record<string, KeptParameter>>; readonly secrets: readonly NewSecret[] } {
  const used = new Set(
    templateSecretIds(template).flatMap((id) => namesIn(JSON.parse(clearText(id, secrets)) as Json)),
  );
  const taken: NewSecret[] = [];
  const kept = Object.entries(parameters).map(([name, text]): [string, KeptParameter] => {
    if (!used.has(name)) {
      return [name, text];
    }
    const secret = { id: newId(), text };
    taken.push(secret);
    return [name, { $secret: secret.id }];
  });
  return { parameters: Object.fromEntries(kept), secrets: taken };
}

/** Ids of the secrets among parameters. */
export function parameterSecretIds(parameters: Readonly<Record<string, KeptParameter>>): string[] {
  return Object.values(parameters).flatMap((value) => (typeof value === 'string' ? [] : [value.$secret]));
}

/**
 * Ids of the secrets that a node needs: its credentials, and the parameters that may be put in. What is put into a
 * credential only its clear text tells.
 */
export function nodeSecretIds(
  node: Pick<TemplateNode, 'userInputs'>,
  userParams: TextMap,
  parameters: Readonly<Record<string, KeptParameter>>,
): string[] {
  const own = credentialIdsOf(node);
  const names = new Set(namesIn({ ...userParams, inputs: node.userInputs }));
  const used = Object.entries(parameters).filter(([name]) => own.length > 0 || names.has(name));
  return [...own, ...parameterSecretIds(Object.fromEntries(used))];
}

/** Parameters in clear, without those whose secrets are not among those given. */
export function putParametersBack(parameters: Readonly<Record<string, KeptParameter>>, secrets: Secrets): TextMap {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => {
      const text = typeof value === 'string' ? value : secrets.get(value.$secret);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function mapNodes(template: Template, change: (node: TemplateNode) => TemplateNode): Template {
  const workflows = Object.entries(template.workflows).map(
    ([name, workflow]) => [name, { ...workflow, nodes: workflow.nodes.map(change) }] as const,
  );
  return { ...template, workflows: Object.fromEntries(workflows) };
}

const withCredentials = <Node extends Pick<TemplateNode, 'userInputs'>>(
  node: Node,
  change: (value: Json) => Json,
): Node => ({ ...node, userInputs: mapCredentials(node.userInputs, change) });

/** Whether inputs hold a `credential` entry, at any depth, in clear or as a pointer. */
export function holdCredentials(inputs: JsonObject): boolean {
  let isThere = false;
  mapCredentials(inputs, (value) => {
    isThere = true;
    return value;
  });
  return isThere;
}

/** Changes the value of every `credential` entry, and looks into none of them. */
function mapCredentials(object: JsonObject, change: (value: Json) => Json): JsonObject {
  const inside = (value: Json): Json => {
    if (Array.isArray(value)) {
      return value.map(inside);
    }
    return isJsonObject(value) ? mapCredentials(value, change) : value;
  };
  return mapMembers(object, (value, name) => (name === CREDENTIAL ? change(value) : inside(value)));
}

function secretIdIn(value: Json): string {
  const id = isJsonObject(value) ? value['$secret'] : undefined;
  if (typeof id !== 'string') {
    throw new Error('a credential is no pointer: the template was not taken apart');
  }
  return id;
}

function clearText(id: string, secrets: Secrets): string {
  const text = secrets.get(id);
  if (text === undefined) {
    throw new Error(`secret ${id} was not read`);
  }
  return text;
}

export function namesIn(value: Json): string[] {
  const names = new Set<string>();
  const look = (text: string): string => {
    placeholderNames(text).forEach((name) => names.add(name));
    return text;
  };
  mapTexts(value, look, look);
  return [...names];
}
