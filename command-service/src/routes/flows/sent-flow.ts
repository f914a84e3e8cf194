import { isUtf8 } from 'node:buffer';
import { jsonObject, type Call } from '@flowplane/runtime/api';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import type { CarriedDefinition } from './definition-body.js';
import type { DefinitionChecker } from './definition-checker.js';

/** What a create or patch sends (flows-api 5). */
export type SentFlow = {
  readonly members: Readonly<Record<string, unknown>>;
  readonly definition: () => Promise<CarriedDefinition>;
};

const YAML = 'application/yaml';

/**
 * Reads the body: as a JSON object, or, where it was sent as `application/yaml`, as the definition itself, whose `name`
 * is the flow's name. No body reads as `{}` either way.
 *
 * @throws Refusal 400 INVALID_JSON, 422 INVALID_YAML
 */
export async function sentFlow(
  checker: Pick<DefinitionChecker, 'check'>,
  call: Pick<Call, 'body' | 'mediaType'>,
): Promise<SentFlow> {
  if (call.mediaType === YAML && call.body.length > 0) return sentDocument(checker, call.body);
  const members = jsonObject(call);
  const text = call.body.length === 0 ? '{}' : call.body.toString('utf8');
  return { members, definition: () => checker.check({ kind: 'body', text }) };
}

async function sentDocument({ check }: Pick<DefinitionChecker, 'check'>, body: Buffer): Promise<SentFlow> {
  if (!isUtf8(body)) throw refusal('INVALID_YAML', { message: 'The request body is not UTF-8.' });
  const carried = await check({ kind: 'body', text: JSON.stringify({ definition_yaml: body.toString('utf8') }) });
  // Without a document there is no name, which a command must have.
  if (carried.verdict?.code === 'INVALID_YAML') throw new Refusal(carried.verdict);
  return { members: { name: carried.name }, definition: () => Promise.resolve(carried) };
}
