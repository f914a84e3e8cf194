import type { AnswerOf } from '@flowplane/contracts/client';

export type Template = AnswerOf<'getTemplate'>;
export type TemplateState = AnswerOf<'templateStatus'>;

/** What is listed of a template. */
export type TemplateItem = {
  readonly id: string;
  readonly name: string;
  readonly useCase: string | null;
  /** ISO; null: never changed. */
  readonly changedAt: string | null;
};

type Hit = { readonly _id: string; readonly _source: Readonly<Record<string, unknown>> };
type SearchAnswer = { readonly hits?: { readonly hits?: readonly Hit[] } };

/** Hits of a search (provisioning 14.2). */
export const hitsOf = (answer: unknown): readonly Hit[] => (answer as SearchAnswer).hits?.hits ?? [];

const isoOf = (time: unknown): string | null => (typeof time === 'number' ? new Date(time).toISOString() : null);

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const itemOf = ({ _id: id, _source: source }: Hit): TemplateItem => ({
  id,
  name: textOf(source['name']) ?? id,
  useCase: textOf(source['use_case']),
  changedAt: isoOf(source['last_updated_time'] ?? source['created_time']),
});

type Node = { readonly id?: string };

/**
 * Names in `${{ }}` that are no output of a node: what a provisioning may be given values for (provisioning 6). In the order
 * of the template.
 */
export function parametersOf({ workflows }: Template): readonly string[] {
  const provision = workflows?.['provision'] as { readonly nodes?: readonly Node[] } | undefined;
  const nodes = new Set(provision?.nodes?.map(({ id }) => id));
  const names = [...JSON.stringify(provision ?? {}).matchAll(/\$\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}/g)].map(
    ([, name = '']) => name,
  );
  return [...new Set(names)].filter((name) => !nodes.has(name.split('.', 1)[0]));
}

/** What can be done in a state (provisioning 8.1, 12). */
export function actionsIn({ state, resources_created: resources = [] }: TemplateState) {
  return {
    provision: state === 'NOT_STARTED' || (state === 'FAILED' && resources.length === 0),
    resume: state === 'FAILED' && resources.length > 0,
    deprovision: resources.length > 0 || state === 'PROVISIONING',
  };
}
