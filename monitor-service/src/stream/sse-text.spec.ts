import { describe, expect, it } from 'vitest';
import { frameText, resumeOffset, STREAM_ERROR, streamEnd } from './sse-text.js';

describe('text of a stream', () => {
  it('writes event, id and data in this order', () => {
    expect(frameText('node-status', 6, '{"type":"node-status","id":"7"}')).toBe(
      'event: node-status\nid: 7\ndata: {"type":"node-status","id":"7"}\n\n',
    );
  });

  it('gives the end and an error no id', () => {
    expect(streamEnd('Completed')).toBe('event: stream-end\ndata: {"type":"stream-end","status":"Completed"}\n\n');
    expect(STREAM_ERROR).not.toContain('id:');
  });

  it('resumes behind the last id, header before query, anything else from the start', () => {
    expect(resumeOffset('7', undefined)).toBe(7);
    expect(resumeOffset('7', '9')).toBe(7);
    expect(resumeOffset(undefined, '9')).toBe(9);
    for (const text of ['', 'abc', '-1', '1.5', '9'.repeat(30)]) expect(resumeOffset(text, undefined)).toBe(0);
  });
});
