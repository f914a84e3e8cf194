import { expect, it } from 'vitest';
import { openSecretKeys } from './open-secret-keys.js';

it.each([
  ['a key of its operator', 'key', 'production', []],
  ['the key of development', undefined, 'development', ['a key that is part of the source']],
  ['no key in production', undefined, 'production', ['a publish with a webhook is refused']],
  ['no key and no NODE_ENV', undefined, '', ['a publish with a webhook is refused']],
])('a process with %s says so at its start', (_what, triggerSecretKey, nodeEnv, said) => {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  openSecretKeys({ triggerSecretKey, nodeEnv, previousTriggerSecretKeys: [] }, { warn } as never);
  expect(warnings).toEqual(
    said.map((text) => expect.stringMatching(`^FLOW_TRIGGER_SECRET_KEY is not set: .*${text}`) as string),
  );
});
