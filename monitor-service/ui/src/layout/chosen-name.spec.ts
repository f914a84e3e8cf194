import { expect, it } from 'vitest';
import { chosenName } from './chosen-name.js';

it('a name counts at once where it is chosen, and not where it is typed: another one may begin with it', () => {
  const names = ['team-1', 'team-10'];
  const chosen = (text: string, inputType?: string) => chosenName({ text, inputType }, names);
  for (const name of names) {
    for (const typed of ['insertText', 'insertCompositionText', 'insertFromPaste', 'deleteContentBackward'])
      expect(chosen(name, typed)).toBeUndefined();
    expect(chosen(name)).toBe(name);
    expect(chosen(name, 'insertReplacementText')).toBe(name);
  }
  expect(chosen('team-')).toBeUndefined();
});
