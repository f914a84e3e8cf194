import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../task-error.js';
import { physicalKey } from './physical-key.js';

const mine = { tenantId: 't1', workspaceId: 'w1' };
const codeOf = (bucketId: string, objectKey: string): string => {
  try {
    return physicalKey(mine, bucketId, objectKey);
  } catch (thrown) {
    return (thrown as TaskError).code;
  }
};

describe('where an object is', () => {
  it('is inside its tenant, workspace and bucket, and readable', () => {
    expect(physicalKey(mine, 'files', 'a/b.txt')).toBe('t1/w1/files/a/b.txt');
    expect(physicalKey(mine, 't1/w1/files', 'ä b+%2F?#.txt')).toBe('t1/w1/files/ä b+%2F?#.txt');
  });

  it.each(['t2/w1/files', 't1/w2/files', 'w2/files', 't1/w1/x/files', '../w2/files', '/files', 'files/', 't1//files'])(
    'a bucket %s is of another workspace',
    (bucketId) => {
      expect(codeOf(bucketId, 'k')).toBe('FORBIDDEN');
    },
  );

  it.each(['', '.', '..', '-a', 'a b', 'ä', 'a\u0000', 'x'.repeat(64)])('a bucket %j is none', (bucketId) => {
    expect(codeOf(bucketId, 'k')).toBe('VALIDATION_ERROR');
  });

  it.each([
    ...['', '.', '..', 'a/../b', './a', 'a/.', 'a/..', '/a', 'a/', 'a//b', 'a\nb', 'a\u0000', '\ud800'],
    ...['k'.repeat(1025), 'ä'.repeat(513)],
  ])('an object key %j is none', (key) => {
    expect(codeOf('files', key)).toBe('VALIDATION_ERROR');
  });

  it.each(['k'.repeat(1024), 'ä'.repeat(512), 'a/'.repeat(511) + 'a', '...', 'a/...', '..a', '~', 'x'.repeat(201)])(
    'an object key %j fits, and its place is no longer than servers take',
    (key) => {
      const place = codeOf('files', key);
      expect(place.startsWith('t1/w1/files/')).toBe(true);
      expect(Buffer.byteLength(place)).toBeLessThanOrEqual(1024);
      for (const segment of place.split('/')) expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255);
    },
  );

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(fc.constantFrom('.', '..', '/', '~', 't1', 't2', 'w1', 'files', '%2e', 'a'), { maxLength: 12 })
      .map((parts) => parts.join('')),
    fc.integer({ min: 190, max: 1024 }).map((length) => 'k'.repeat(length)),
  );
  const scope = fc.record({
    tenantId: fc.constantFrom('t1', 't2', 't'),
    workspaceId: fc.constantFrom('w1', 'w2', '1'),
  });
  const place = (where: typeof mine, bucketId: string, key: string): string | undefined => {
    try {
      return physicalKey(where, bucketId, key);
    } catch (thrown) {
      if (thrown instanceof TaskError) return undefined;
      throw thrown;
    }
  };

  it('never leaves the scope, whatever is asked for, and no two objects share a place', () => {
    fc.assert(
      fc.property(scope, text, text, scope, text, text, (where, bucketId, key, other, otherBucket, otherKey) => {
        const [one, two] = [place(where, bucketId, key), place(other, otherBucket, otherKey)];
        if (one === undefined) return;
        expect(one.startsWith(`${where.tenantId}/${where.workspaceId}/`)).toBe(true);
        expect(one.split('/').some((segment) => ['', '.', '..'].includes(segment))).toBe(false);
        const bucketOf = (id: string): string | undefined => id.split('/').at(-1);
        const isSame =
          where.tenantId === other.tenantId &&
          where.workspaceId === other.workspaceId &&
          bucketOf(bucketId) === bucketOf(otherBucket) &&
          key === otherKey;
        if (!isSame) expect(one).not.toBe(two);
      }),
      { numRuns: 2000 },
    );
  });
});
