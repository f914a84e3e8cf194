import { describe, expect, it } from 'vitest';
import { parseAnswer, requestBytes } from './light-connection.js';

const answer = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbody';

describe('parseAnswer', () => {
  it('takes one answer and leaves what follows', () => {
    expect(parseAnswer(Buffer.from(`${answer}HTTP/1.1`))).toEqual({
      answer: { status: 503, hasRetryAfter: true, body: 'body' },
      bytes: answer.length,
    });
  });
  it.each([10, answer.length - 1])('waits for the rest of %d bytes', (length) => {
    expect(parseAnswer(Buffer.from(answer.slice(0, length)))).toBeUndefined();
  });
  it('refuses an answer whose end it cannot know', () => {
    expect(() => parseAnswer(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('without content-length');
  });
});

describe('requestBytes', () => {
  it('counts the body in bytes', () => {
    const text = requestBytes('POST', '/x', { prefer: 'respond-async' }, { name: 'ä' }).toString('utf8');
    expect(text).toMatch(/^POST \/x HTTP\/1\.1\r\n/);
    expect(text).toMatch(/content-length: 13\r\n/);
    expect(text.endsWith('\r\n\r\n{"name":"ä"}')).toBe(true);
  });
});
