/** What can be searched (provisioning 14.2). */
export type SearchTarget = 'template' | 'state';

/**
 * How a field is compared. `text` is analysed: split into lower-case words. `keyword` is compared whole. `time` is in
 * milliseconds since 1970.
 */
export type FieldKind = 'text' | 'keyword' | 'time';

export type SearchField = {
  /** Name in the document, without `.keyword`. */
  readonly name: string;
  readonly kind: FieldKind;
  /** Object that has it, which only a `nested` clause looks into. */
  readonly nested?: NestedPath;
};

export type NestedPath = 'user' | 'resources_created' | 'version';

const USER = ['user.name', 'user.backend_roles', 'user.roles', 'user.custom_attribute_names'];

const KINDS: Readonly<Record<SearchTarget, Readonly<Record<FieldKind, readonly string[]>>>> = {
  template: {
    text: ['name', 'description', ...USER],
    keyword: ['_id', 'workflow_id', 'use_case', 'version.template', 'version.compatibility', 'tenant_id'],
    time: ['created_time', 'last_updated_time', 'last_provisioned_time'],
  },
  state: {
    text: ['error', ...USER],
    keyword: [
      '_id',
      'workflow_id',
      'state',
      'provisioning_progress',
      'resources_created.workflow_step_name',
      'resources_created.workflow_step_id',
      'resources_created.resource_type',
      'resources_created.resource_id',
      'tenant_id',
    ],
    time: ['provision_start_time', 'provision_end_time'],
  },
};

const NESTED: Readonly<Record<SearchTarget, readonly NestedPath[]>> = {
  template: ['user', 'version'],
  state: ['user', 'resources_created'],
};

/** The objects that a `nested` clause can look into. */
export const nestedPaths = (target: SearchTarget): readonly NestedPath[] => NESTED[target];

/** A field by its name; undefined when there is none, so that nothing matches. `.keyword` of a text compares it whole. */
export function searchField(target: SearchTarget, name: string): SearchField | undefined {
  const plain = name.endsWith('.keyword') ? name.slice(0, -'.keyword'.length) : name;
  const kinds = Object.entries(KINDS[target]) as [FieldKind, readonly string[]][];
  const kind = kinds.find(([, names]) => names.includes(plain))?.[0];
  if (kind === undefined) {
    return undefined;
  }
  const nested = NESTED[target].find((path) => plain.startsWith(`${path}.`));
  return { name: plain, kind: plain === name ? kind : 'keyword', ...(nested === undefined ? {} : { nested }) };
}
