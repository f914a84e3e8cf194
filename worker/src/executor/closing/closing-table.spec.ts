import type { FinalNode } from '@flowplane/contracts';
import { PayloadTooLarge } from '@flowplane/runtime/content-store';
import { describe, expect, it } from 'vitest';
import { storeNodeValue, storeValue, tableText } from './closing-table.js';

const attempt = (attemptNumber: number) => ({ status: 'failed', attemptNumber, startedAt: 1, completedAt: 2 }) as const;
const node = (message: string): FinalNode => ({
  ...{ nodeId: 'n', iteration: 1, status: 'failed', reused: false, input: null, output: null, scheduledEventId: '1' },
  error: { code: 'X', message, stack: null },
  attempts: [attempt(1), attempt(2)],
});

describe('the table of a closed run', () => {
  it('is whole where it fits, loses details where it does not, and is left out at the last', () => {
    const nodes = [node('m'.repeat(1000)), node('short')];
    expect(JSON.parse(tableText(nodes, 10_000) ?? '')).toEqual(nodes);
    const cut = JSON.parse(tableText(nodes, 1000) ?? '') as FinalNode[];
    expect(cut.map(({ error }) => error?.message)).toEqual(['m'.repeat(200), 'short']);
    expect(cut[0]?.attempts).toEqual([attempt(2)]);
    expect(tableText(nodes, 100)).toBeNull();
  });
});

describe('a value of a run that is over', () => {
  const store = {
    put: (text: string | Buffer) => (text.length > 100_000 ? refuse(text.length) : Promise.resolve('hash')),
  };
  const refuse = (bytes: number) => Promise.reject(new PayloadTooLarge(bytes, 100_000));

  it('stands by reference from a few kB on', async () => {
    const small = 'x'.repeat(4096);
    expect(await storeNodeValue(store, small, 131_072, 'T')).toEqual({ json: small, ref: null, sizeBytes: 4096 });
    expect(await storeNodeValue(store, `${small}x`, 131_072, 'T')).toEqual({
      json: null,
      ref: 'hash',
      sizeBytes: 4097,
    });
  });

  it('is replaced by a mark where no store takes it', async () => {
    const mark = '{"flowplane/dropped":100001}';
    expect(await storeValue(store, 'x'.repeat(100_001), 10, 'T')).toEqual({
      json: mark,
      ref: null,
      sizeBytes: mark.length,
    });
    await expect(storeValue({ put: () => Promise.reject(new Error('away')) }, 'xx', 1, 'T')).rejects.toThrow('away');
  });
});
