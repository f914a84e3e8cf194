import type { Pool } from '@flowplane/plumbing/postgres';
import { makeTemplateReads } from '../../reads/template-reads.js';
import { makeRunEnds } from './run-ends.js';
import type { TemplateContext } from './template-context.js';

type Base = Omit<TemplateContext, 'templateOf' | 'runEnds' | 'maxRunWaitMs'>;

/** What routes of templates need beside what all commands need. */
export function openTemplates<Shared extends Base>(
  shared: Shared,
  { readPool, maxRunWaitMs }: { readonly readPool: Pool; readonly maxRunWaitMs: number },
): Shared & TemplateContext {
  const runEnds = makeRunEnds();
  shared.tail.onEvent(runEnds.heard);
  return { ...shared, runEnds, maxRunWaitMs, templateOf: makeTemplateReads(readPool) };
}
