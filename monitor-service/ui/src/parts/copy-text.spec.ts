import { expect, it } from 'vitest';
import { copyText } from './copy-text.js';

it('says whether a text is in the clipboard, also where there is none', async () => {
  const written: string[] = [];
  const writeText = (text: string): Promise<void> => {
    if (text === 'refused') return Promise.reject(new Error('NotAllowedError'));
    written.push(text);
    return Promise.resolve();
  };
  expect([await copyText('a', { writeText }), written]).toEqual([true, ['a']]);
  expect(await copyText('refused', { writeText })).toBe(false);
  expect(await copyText('a', undefined)).toBe(false);
});
