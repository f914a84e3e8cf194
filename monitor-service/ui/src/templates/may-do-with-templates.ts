import type { AnswerOf } from '@flowplane/contracts/client';

type Me = AnswerOf<'getMe'>;
export type TemplateOperation = Me['templates']['operations'][number];

/** Whether somebody may do something with the tenant's templates. Before `me` was read it may be tried, and the API says. */
export const mayDoWithTemplates = (me: Me | undefined, operation: TemplateOperation): boolean =>
  me?.templates.operations.includes(operation) ?? true;
