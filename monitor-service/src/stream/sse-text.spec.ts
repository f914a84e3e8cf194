import { describe, expect, it } from 'vitest';
import { frameText, resumeOffset, STREAM_ERROR, streamEnd } from './sse-text.js';

describe('text of a stream', () => {
  it('writes event, id and data in this order', () => {
    expect(frameText('node-status', 6, '{"type":"node-status","id":"7"}')).toBe(
      'event: node-status\nid: 7\ndata: {"type":"node-status","id":"7"}\n\n',
    );
  });

  it('gives the end and an error no id; an id alone comes behind the end', () => {
    expect(streamEnd('Completed', 6)).toBe(
      'event: stream-end\ndata: {"type":"stream-end","status":"Completed"}\n\nid: 7\n\n',
    );
    expect(STREAM_ERROR).not.toContain('id:');
  });

  it('resumes behind the last id, header before query, anything else from the start', () => {
    expect(resumeOffset('7', undefined)).toBe(7);
    expect(resumeOffset('7', '9')).toBe(7);
    expect(resumeOffset(undefined, '9')).toBe(9);
    for (const text of ['', 'abc', '-1', '1.5', '1e3']) expect(resumeOffset(text, undefined)).toBe(0);
  });

  it.each(['9007199254740992', '9007199254740993', '9'.repeat(17), '9'.repeat(5000), `00${'9'.repeat(30)}`])(
    'an id beyond all frames gets only later ones, never everything again: %.20s',
    (id) => {
      expect(resumeOffset(id, undefined)).toBe(Number.MAX_SAFE_INTEGER);
      expect(resumeOffset(undefined, id)).toBe(Number.MAX_SAFE_INTEGER);
    },
  );

  it('reads leading zeros as nothing more', () => {
    expect(resumeOffset(`${'0'.repeat(30)}7`, undefined)).toBe(7);
  });
});
