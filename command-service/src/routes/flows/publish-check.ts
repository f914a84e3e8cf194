import type { Problem } from '@flowplane/contracts';
import type { SubFlowReference } from '@flowplane/contracts/flow';
import type { Call } from '@flowplane/runtime/api';
import type { Draft } from '@flowplane/runtime/read-model';
import type { CommandReads } from '../../reads/command-reads.js';
import type { DefinitionRules } from './definition-body.js';
import type { DefinitionChecker } from './definition-checker.js';
import { versionKey, type KnownVersions } from './definition-checks.js';

type CheckContext = {
  readonly reads: CommandReads;
  readonly rules: DefinitionRules;
  readonly checker: DefinitionChecker;
};
/** What is checked of a draft, stored or not. */
export type CheckedDraft = Pick<Draft, 'definition' | 'definitionYaml'>;
/** Undefined: the version does not exist. */
type Known = Map<string, KnownVersions[number] | undefined>;
/** Of a version that is being looked at: only one that leads back to itself asks for it. More than any limit. */
const ENDLESS = { nesting: 1_000_000, runs: 1_000_000_000 };

/**
 * Everything that keeps a draft from being published: 400 structure, 413 size, 422 meaning; null when nothing does.
 *
 * @throws Refusal 413, 503 of `DefinitionChecker`
 */
export async function checkForPublish(context: CheckContext, call: Call, draft: CheckedDraft): Promise<Problem | null> {
  const { rules, checker } = context;
  const text = draft.definition ?? '{}';
  const yaml = draft.definitionYaml;
  const { verdict, references } = await checker.check({ kind: 'draft-structure', text, yaml }, call);
  if (verdict !== null) return verdict;
  const known: Known = new Map();
  await loadReferences(context, call, references, known, rules.subFlowMaxDepth);
  return checker.check({ kind: 'draft-meaning', text, yaml, known: versionsIn(known) }, call);
}

/** Loads the versions a definition names, and what those name, as deep as runs may nest. */
async function loadReferences(
  context: CheckContext,
  call: Call,
  references: readonly SubFlowReference[],
  known: Known,
  depthLeft: number,
): Promise<void> {
  const { checker, reads } = context;
  for (const { flowId, version } of references) {
    const key = versionKey({ flowId, version });
    if (known.has(key)) continue;
    known.set(key, { flowId, version, ...ENDLESS });
    const text = await reads.versionOf(call, flowId, version);
    if (text === undefined) {
      known.set(key, undefined);
      continue;
    }
    if (depthLeft > 0) {
      const named = await checker.check({ kind: 'version-references', text }, call);
      await loadReferences(context, call, named, known, depthLeft - 1);
    }
    const totals = await checker.check({ kind: 'version-totals', text, known: versionsIn(known) }, call);
    known.set(key, { flowId, version, ...totals });
  }
}

const versionsIn = (known: Known): KnownVersions => [...known.values()].filter((version) => version !== undefined);
