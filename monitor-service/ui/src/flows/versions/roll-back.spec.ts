import { makeFlowplaneClient } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { OnlyDraftChanged, rollBack } from './roll-back.js';

type Call = { readonly method: string; readonly headers: Record<string, string>; readonly body?: unknown };

/** What a rollback sends, where the publish is answered like this; null: the answer is lost. */
async function rolledBack(publish: { readonly status: number; readonly body: object } | null, update = 200) {
  const calls: Call[] = [];
  const fetch = async (_url: string, init: Call) => {
    calls.push(init);
    const isUpdate = init.method === 'PATCH';
    const answer = isUpdate ? { status: update, body: { revision: 8, code: 'REVISION_CONFLICT' } } : publish;
    if (answer === null) throw new TypeError('Failed to fetch');
    const text = () => Promise.resolve(JSON.stringify(answer.body));
    return { status: answer.status, headers: new Headers(), body: null, text };
  };
  const ports = { fetch, sleep: () => Promise.resolve() } as unknown as Parameters<typeof makeFlowplaneClient>[0];
  const flowplane = makeFlowplaneClient(ports, { url: 'http://flows', workspaceId: 'W' });
  const target = { version: 2, definition: {}, definitionYaml: '# why\nname: F\n' };
  const result: unknown = await rollBack(flowplane, { flowId: 'f', revision: 7, target, key: 'k' }).catch(
    (cause: unknown) => cause,
  );
  const sent = calls.map(({ method, headers }) => [method, headers['if-match'], headers['idempotency-key']]);
  return { sent, result, text: calls[0]?.body };
}

it('replaces the draft as it was seen, and publishes just that', async () => {
  const { sent, result, text } = await rolledBack({ status: 201, body: { flowId: 'f', version: 3 } });
  expect(sent).toEqual([
    ['PATCH', '"7"', 'k-draft'],
    ['POST', '"8"', 'k'],
  ]);
  expect(JSON.parse(String(text))).toEqual({ definitionYaml: '# why\nname: F\n' });
  expect(result).toMatchObject({ version: 3 });
});

it('says that the draft was replaced where it could not be published', async () => {
  const refused = await rolledBack({ status: 422, body: { code: 'FLOW_VALIDATION_FAILED' } });
  expect(refused.result).toBeInstanceOf(OnlyDraftChanged);
  expect(String(refused.result)).toMatch('The draft is now that of version 2, and it is not published.');
  const overtaken = await rolledBack({ status: 412, body: { code: 'REVISION_CONFLICT' } });
  expect(String(overtaken.result)).toMatch('The draft was replaced by that of version 2, and is not published.');
  const lost = await rolledBack(null);
  expect(String(lost.result)).toMatch(/now that of version 2\. It may be published or not/);
});

it('publishes nothing where the draft was not replaced', async () => {
  const { sent, result } = await rolledBack(null, 412);
  expect(sent.length).toBe(1);
  expect(result).not.toBeInstanceOf(OnlyDraftChanged);
});
