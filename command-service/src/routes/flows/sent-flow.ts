import { isUtf8 } from 'node:buffer';
import { isUnkeepable } from '@flowplane/contracts';
import { jsonObject, type Call } from '@flowplane/runtime/api';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import { withoutMark } from '@flowplane/plumbing/json';
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
 * @throws Refusal 400 INVALID_JSON or INVALID_TEXT, 422 INVALID_YAML
 */
export async function sentFlow(
  checker: Pick<DefinitionChecker, 'check'>,
  call: Pick<Call, 'body' | 'mediaType' | 'tenantId' | 'signal'>,
): Promise<SentFlow> {
  if (call.mediaType === YAML && call.body.length > 0) return sentDocument(checker, call);
  const members = jsonObject(call);
  const text = call.body.length === 0 ? '{}' : withoutMark(call.body).toString('utf8');
  return { members, definition: () => checker.check({ kind: 'body', text, members }, call) };
}

async function sentDocument(
  { check }: Pick<DefinitionChecker, 'check'>,
  call: Pick<Call, 'body' | 'tenantId' | 'signal'>,
): Promise<SentFlow> {
  const { body } = call;
  if (!isUtf8(body)) throw refusal('INVALID_YAML', { message: 'The request body is not UTF-8.' });
  const yaml = withoutMark(body).toString('utf8');
  if (isUnkeepable(yaml)) throw refusal('INVALID_TEXT', { message: 'The request body holds a NUL.' });
  const carried = await check({ kind: 'body', text: JSON.stringify({ definition_yaml: yaml }) }, call);
  // Without a document there is no name, which a command must have.
  const { verdict } = carried;
  if (verdict !== null && carried.name === null && verdict.code !== 'FLOW_DEFINITION_INVALID')
    throw new Refusal(verdict);
  return { members: { name: carried.name }, definition: () => Promise.resolve(carried) };
}
