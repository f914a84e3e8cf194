import { MutationObserver, onlineManager } from '@tanstack/react-query';
import { afterEach, expect, it } from 'vitest';
import { newQueryClient } from './query-client.js';

afterEach(() => onlineManager.setOnline(true));

it('reads and acts at once where the browser says that it is offline', async () => {
  onlineManager.setOnline(false);
  const client = newQueryClient();
  expect(await client.fetchQuery({ queryKey: ['any'], queryFn: () => 'read' })).toBe('read');
  const action = new MutationObserver(client, { mutationFn: () => Promise.reject(new Error('no network')) });
  await expect(action.mutate()).rejects.toThrow('no network');
  client.clear();
});
