import { PayloadTooLarge } from '@flowplane/runtime/content-store';
import { describe, expect, it } from 'vitest';
import { patientStore } from './patient-store.js';

const away = (): Error => Object.assign(new Error('starting'), { code: '57P03' });

describe('the content store of a worker', () => {
  it('is waited for while it is away, so that no attempt fails for it', async () => {
    let calls = 0;
    const flaky = <T>(value: T): Promise<T> => (++calls % 2 === 1 ? Promise.reject(away()) : Promise.resolve(value));
    const store = patientStore({ put: () => flaky('hash'), get: () => flaky(Buffer.from('x')) });
    expect(await store.put('x')).toBe('hash');
    expect(await store.get('hash')).toEqual(Buffer.from('x'));
    expect(calls).toBe(4);
  });

  it('is not waited for when it refuses the value, nor for ever', async () => {
    const refusing = () => Promise.reject(new PayloadTooLarge(2, 1));
    await expect(patientStore({ put: refusing, get: refusing }).put('x')).rejects.toThrow(PayloadTooLarge);
    const gone = () => Promise.reject(away());
    await expect(patientStore({ put: gone, get: gone }, 150).put('x')).rejects.toThrow('starting');
  });
});
