import { makeFlowplaneClient, type FlowplaneClient } from '@flowplane/contracts/client';
import { describe, expect, it } from 'vitest';
import { createDraft, isConflict, saveDraft, SavedMeanwhile, storedAtFirst } from './save-draft.js';

type Sent = { readonly method: string; readonly ifMatch: string | undefined; readonly text: string | undefined };

/** A store of one flow, with the rules of the API for revisions, whose answers may be lost on their way. */
function storeOf(text: string | null, revision: number) {
  const sent: Sent[] = [];
  const state = { text, revision, lost: 0, unreadable: 0 };
  const flow = () => ({ flowId: 'f', revision: state.revision, definitionYaml: state.text, definition: {} });
  const answer = (status: number, body: object) => ({
    ...{ status, headers: new Headers(), body: null },
    text: () => Promise.resolve(JSON.stringify(body)),
  });
  const store = (method: string, ifMatch: string | undefined, text: string) => {
    if (method === 'POST' && state.text !== null) return answer(409, { code: 'FLOW_EXISTS', message: 'is there' });
    if (method === 'PATCH' && ifMatch !== `"${state.revision}"`)
      return answer(412, { code: 'REVISION_CONFLICT', message: 'another revision' });
    Object.assign(state, { text, revision: state.revision + 1 });
    return answer(method === 'POST' ? 201 : 200, flow());
  };
  const fetch = async (
    _url: string,
    init: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<ReturnType<typeof answer>> => {
    const { method, headers } = init;
    if (method === 'GET') {
      if (state.unreadable > 0) throw new TypeError('Failed to fetch');
      return answer(200, flow());
    }
    const { definitionYaml } = JSON.parse(String(init.body)) as { readonly definitionYaml: string };
    sent.push({ method, ifMatch: headers['if-match'], text: definitionYaml });
    const stored = store(method, headers['if-match'], definitionYaml);
    if (state.lost === 0) return stored;
    state.lost -= 1;
    throw new TypeError('Failed to fetch');
  };
  const ports = { fetch, sleep: () => Promise.resolve() } as unknown as Parameters<typeof makeFlowplaneClient>[0];
  const flowplane: FlowplaneClient = makeFlowplaneClient(ports, { url: 'http://flows', workspaceId: 'W' });
  return { state, sent, flowplane };
}

const mine = { name: 'F', text: 'mine' };

describe('saving a draft', () => {
  it('saves upon the revision that the text was written upon', async () => {
    const { flowplane, sent } = storeOf('before', 3);
    const saved = await saveDraft(flowplane, 'f', mine, { revision: 3, text: 'before' });
    expect([saved.revision, sent]).toEqual([4, [{ method: 'PATCH', ifMatch: '"3"', text: 'mine' }]]);
  });

  it('does not overwrite what somebody else has saved, and says what that is', async () => {
    const { flowplane, state } = storeOf('theirs', 4);
    const failed: unknown = await saveDraft(flowplane, 'f', mine, { revision: 3, text: 'before' }).catch(
      (cause: unknown) => cause,
    );
    expect(failed).toBeInstanceOf(SavedMeanwhile);
    expect([isConflict(failed), (failed as SavedMeanwhile).theirs.text]).toEqual([true, 'theirs']);
    expect(state).toMatchObject({ text: 'theirs', revision: 4 });
  });

  it('takes its own text for saved where only the answer to that was lost', async () => {
    const { flowplane, state, sent } = storeOf('before', 3);
    state.lost = 1;
    await expect(saveDraft(flowplane, 'f', mine, { revision: 3, text: 'before' })).rejects.toThrow('Failed to fetch');
    const saved = await saveDraft(flowplane, 'f', mine, { revision: 3, text: 'before' });
    expect([saved.revision, sent.length, state.revision]).toEqual([4, 2, 4]);
  });

  it('saves upon a draft that was published and not changed meanwhile', async () => {
    const { flowplane, state } = storeOf('before', 4);
    await saveDraft(flowplane, 'f', mine, { revision: 3, text: 'before' });
    expect(state).toMatchObject({ text: 'mine', revision: 5 });
  });

  it('says that it is not saved where the other text cannot be read', async () => {
    const { flowplane, state } = storeOf('theirs', 4);
    state.unreadable = 1;
    const failed: unknown = await saveDraft(flowplane, 'f', mine, { revision: 3, text: 'before' }).catch(
      (cause: unknown) => cause,
    );
    expect(isConflict(failed)).toBe(false);
    expect(String(failed)).toMatch(/not saved: .*could not be read \(Failed to fetch\)\. Your text is still here/);
  });
});

it('does not take what others have saved since for what a kept text was written upon', async () => {
  const stored = storedAtFirst({ text: 'theirs', revision: 4 }, { revision: 3 });
  expect(stored).toEqual({ text: 'theirs', revision: 3, base: null });
  const { flowplane, state } = storeOf('theirs', 4);
  await expect(saveDraft(flowplane, 'f', mine, { revision: 3, text: stored.base })).rejects.toThrow(SavedMeanwhile);
  expect(state.text).toBe('theirs');
  expect(storedAtFirst({ text: 'a', revision: 3 }, { revision: 3 }).base).toBe('a');
  expect(storedAtFirst({ text: 'a', revision: 3 }, undefined)).toEqual({ text: 'a', revision: 3, base: 'a' });
});

describe('making a flow', () => {
  const creation = { ...mine, flowId: 'f', idempotencyKey: 'k' };

  it('updates what an earlier try has made whose answer was lost', async () => {
    const { flowplane, state } = storeOf(null, 0);
    state.lost = 1;
    const first = { ...creation, text: 'first', lost: [] };
    await expect(createDraft(flowplane, first)).rejects.toThrow('Failed to fetch');
    await createDraft(flowplane, { ...creation, lost: ['first'] });
    expect(state).toMatchObject({ text: 'mine', revision: 2 });
  });

  it('leaves a flow alone that others have made', async () => {
    for (const lost of [[], ['first']]) {
      const { flowplane, state } = storeOf('theirs', 1);
      await expect(createDraft(flowplane, { ...creation, lost })).rejects.toThrow('FLOW_EXISTS');
      expect(state.text).toBe('theirs');
    }
  });
});
