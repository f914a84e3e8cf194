import { expect, it } from 'vitest';
import { signInFault } from './sign-in-fault.js';

it('says what to do about what the provider has answered', () => {
  expect(signInFault({ error: 'access_denied', error_description: 'End-User aborted interaction' })).toBe(
    'The provider has not let you in, or it was broken off there. Sign in again, perhaps as somebody else. (access_denied: End-User aborted interaction)',
  );
  expect(signInFault({ error: 'odd' })).toBe('The provider has refused it. Sign in again. (odd)');
});

it('says what to do where there was no answer, or one to nothing', () => {
  expect(signInFault(new TypeError('Failed to fetch'))).toMatch(/cannot be reached/);
  expect(signInFault(new Error('No matching state found in storage'))).toMatch(/begun in another tab/);
  expect(signInFault(new Error('odd'))).toMatch(/has failed: odd\./);
});
