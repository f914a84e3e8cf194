import { Refusal } from '@flowplane/plumbing/http';
import { describe, expect, it } from 'vitest';
import { RULES as DEFAULT_RULES } from '../../../test/definition-rules.js';
import { checkDefinition } from './definition-checks.js';
import { sentFlow } from './sent-flow.js';

const RULES = { ...DEFAULT_RULES, echoTasks: true, maxNodes: 100, maxDefinitionBytes: 100_000, maxBodyBytes: 100_000 };
const checker = {
  check: (asked: Parameters<typeof checkDefinition>[0]) => Promise.resolve(checkDefinition(asked, RULES)),
} as unknown as Parameters<typeof sentFlow>[0];
const read = (body: string | Buffer, mediaType: string) =>
  sentFlow(checker, { body: Buffer.from(body), mediaType, tenantId: 'T', signal: new AbortController().signal });

const DOCUMENT = 'apiVersion: v1.0\nname: orders # as it is shown\nnodes: [{id: s, type: sequence, steps: []}]\n';
const DEFINITION = { apiVersion: 'v1.0', name: 'orders', nodes: [{ id: 's', type: 'sequence', steps: [] }] };

describe('the body of a create or patch', () => {
  it('sent as application/yaml is the definition, and its name the flow’s', async () => {
    const { members, definition } = await read(DOCUMENT, 'application/yaml');
    expect(members).toEqual({ name: 'orders' });
    const carried = await definition();
    expect(JSON.parse(carried.definition ?? '')).toEqual(DEFINITION);
    expect(carried).toMatchObject({ definitionYaml: DOCUMENT, verdict: null });
  });

  it('sent as application/yaml may be JSON, which is YAML as well', async () => {
    const { members, definition } = await read(JSON.stringify(DEFINITION), 'application/yaml');
    expect(members).toEqual({ name: 'orders' });
    expect(JSON.parse((await definition()).definition ?? '')).toEqual(DEFINITION);
  });

  it.each(['', 'text/plain', 'application/json', 'text/html'])('sent as %j is a JSON command', async (mediaType) => {
    const { members, definition } = await read(JSON.stringify({ name: 'n', definition: DEFINITION }), mediaType);
    expect(members).toMatchObject({ name: 'n' });
    expect(JSON.parse((await definition()).definition ?? '')).toEqual(DEFINITION);
    await expect(read(DOCUMENT, mediaType)).rejects.toThrow(/INVALID_JSON/);
  });

  it('that is empty carries nothing, whatever it was sent as', async () => {
    for (const mediaType of ['', 'application/yaml']) {
      const { members, definition } = await read('', mediaType);
      expect([members, (await definition()).definition]).toEqual([{}, null]);
    }
  });

  it.each([
    ['no YAML', 'name: [', 'INVALID_YAML'],
    ['no mapping', '[1]', 'INVALID_YAML'],
    ['a comment only', '# nothing', 'INVALID_YAML'],
    ['no UTF-8', Buffer.from('name: é', 'latin1'), 'INVALID_YAML'],
    ['a name with an escaped NUL', 'name: "a\\0b"\nnodes: []', 'INVALID_TEXT'],
    ['a comment with a NUL', 'name: a # \0', 'INVALID_TEXT'],
  ])('sent as application/yaml that is %s is refused at once', async (_what, body, code) => {
    const refused = await read(body, 'application/yaml').catch((cause: unknown) => cause);
    expect(refused).toBeInstanceOf(Refusal);
    expect((refused as Refusal).problem).toMatchObject({ code });
  });

  it.each([
    ['without a name', 'apiVersion: v1.0\nnodes: []\n'],
    ['with a name that is no text', 'name: 5\nnodes: []\n'],
  ])('sent as application/yaml %s has no name and a faulty definition', async (_what, body) => {
    const { members, definition } = await read(body, 'application/yaml');
    expect(members).toEqual({ name: null });
    expect((await definition()).verdict).toMatchObject({ code: 'FLOW_DEFINITION_INVALID' });
  });
});
