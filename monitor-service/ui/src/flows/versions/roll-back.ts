import type { AnswerOf, FlowplaneClient } from '@flowplane/contracts/client';
import type { FlowDefinition } from '@flowplane/contracts/flow/document';
import { decided } from '../../api/decided.js';
import type { Flow } from '../../api/flow-queries.js';
import { isRefusal } from '../../api/intents.js';
import { isConflict } from '../../author/save-draft.js';
import type { Published } from '../../author/sheets/publish-sheet.js';

/** The draft is that of the earlier version already, and it was not seen to be published. */
export class OnlyDraftChanged extends Error {
  override readonly name = 'OnlyDraftChanged';
}

export type Rollback = {
  readonly flowId: string;
  /** Revision of the draft that is replaced; one that somebody has changed meanwhile is not. */
  readonly revision: number;
  readonly target: Pick<AnswerOf<'getVersion'>, 'version' | 'definition' | 'definitionYaml'>;
  /** The same for every try, so that nothing is published twice. */
  readonly key: string;
};

/**
 * Makes the draft what an earlier version was, and publishes it.
 *
 * @throws OnlyDraftChanged, with the cause, where the second step has failed
 */
export async function rollBack(
  flowplane: FlowplaneClient,
  { flowId, revision: before, target, key }: Rollback,
): Promise<Published> {
  const { version, definition, definitionYaml } = target;
  const body = definitionYaml === null ? { definition: definition as unknown as FlowDefinition } : { definitionYaml };
  const params = { flowId };
  const update = { params, body, ifMatch: before, handling: 'lenient', idempotencyKey: `${key}-draft` } as const;
  const { revision } = await decided<Flow>(flowplane, (await flowplane.call('updateFlow', update)).body as Flow);
  const publish = { params, ifMatch: revision, handling: 'lenient', idempotencyKey: key } as const;
  try {
    return await decided<Published>(flowplane, (await flowplane.call('publishFlow', publish)).body as Published);
  } catch (cause) {
    throw new OnlyDraftChanged(whatIsDone(version, cause), { cause });
  }
}

function whatIsDone(version: number, cause: unknown): string {
  if (isConflict(cause)) return `The draft was replaced by that of version ${version}, and is not published.`;
  const draft = `The draft is now that of version ${version}`;
  if (isRefusal(cause)) return `${draft}, and it is not published.`;
  return `${draft}. It may be published or not: the answer was lost. Try again here; nothing is published twice.`;
}
