import { ROUTES } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { WITHOUT_ROLE, whoMay } from './who-may.js';

it('names no role for commands that ask for none', () => {
  const commands = Object.entries(ROUTES).filter(([, { command }]) => command);
  // A signature lets in to webhooks, and nobody sends one here.
  const ungated = commands.filter(([name, { gate }]) => gate === 'no' && name !== 'receiveWebhook');
  expect(ungated.map(([name]) => name).toSorted()).toEqual(WITHOUT_ROLE.toSorted());
  expect(whoMay('signalExecution')).toMatch(/^No role is needed/);
  expect(whoMay('publishFlow')).toMatch(/^Owners and administrators/);
});
