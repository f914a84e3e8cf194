import { expect, it } from 'vitest';
import { startContentsOf, startRequestOf } from './start-contents.js';

const payload = (text: string) => ({ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) });

it('a start taken from a history asks for the same start again, also through JSON', () => {
  const request = {
    input: { payloads: [payload('{"a":"é"}'), payload('1')] },
    searchAttributes: { indexedFields: { tenantId: payload('"t"') } },
    memo: { fields: { cause: payload('{}') } },
  };
  const contents = startContentsOf(request);
  expect(startRequestOf(JSON.parse(JSON.stringify(contents)) as typeof contents)).toEqual(request);
});

it('a start without anything is one without anything', () => {
  expect(startRequestOf(startContentsOf({}))).toEqual({
    input: { payloads: [] },
    searchAttributes: { indexedFields: {} },
    memo: { fields: {} },
  });
});
