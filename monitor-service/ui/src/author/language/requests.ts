import type { Checked, Finding, check, placed, yamlOf } from './check.js';
import type { Hover, Proposals, hoverAt, proposalsAt } from './completions.js';

export type { Checked, Finding, Hover, Proposals };

/** What the worker does for the page, by name. */
export type Functions = {
  readonly check: typeof check;
  readonly placed: typeof placed;
  readonly yamlOf: (definition: object) => ReturnType<typeof yamlOf>;
  readonly proposalsAt: typeof proposalsAt;
  readonly hoverAt: typeof hoverAt;
};

export type Request = {
  readonly id: number;
  readonly name: keyof Functions;
  readonly given: readonly unknown[];
};
export type Response = { readonly id: number; readonly result?: unknown; readonly fault?: string };
