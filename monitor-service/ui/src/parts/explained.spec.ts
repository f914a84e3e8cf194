import { FlowplaneError } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { reached } from '../session/reached.js';
import { explained } from './explained.js';

it('says that Flowplane is away only where nothing has answered', async () => {
  const lost = await reached(Promise.reject(new TypeError('Failed to fetch'))).catch((cause: unknown) => cause);
  expect(explained(lost)).toEqual({ title: 'Flowplane cannot be reached.', advice: 'Failed to fetch' });
  const mistake = new TypeError('nodes is not iterable');
  expect(explained(mistake)).toEqual({ title: 'nodes is not iterable' });
});

it('says what to do where a file of the console is gone', () => {
  const gone = new TypeError('Failed to fetch dynamically imported module: http://host/ui/assets/flow-page.js');
  expect(explained(gone).advice).toMatch(/load the page anew/);
});

it('says what a refusal says', () => {
  const answer = { status: 409, headers: new Headers() };
  const refused = new FlowplaneError('any', answer, JSON.stringify({ message: 'It is over.', code: 'CONFLICT' }));
  expect(explained(refused)).toEqual({ title: 'It is over.' });
});
