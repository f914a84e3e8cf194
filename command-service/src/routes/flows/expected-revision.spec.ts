import type { Call } from '@flowplane/runtime/api';
import { describe, expect, it } from 'vitest';
import { expectedRevision } from './expected-revision.js';

const call = (method: string, headers: object = {}, query: object = {}): Call =>
  ({ method, headers, query }) as unknown as Call;

describe('expectedRevision', () => {
  it.each<[string, Call, Record<string, unknown>, number | null]>([
    ['nothing', call('PATCH'), {}, null],
    ['If-Match', call('PATCH', { 'if-match': '"4"' }), {}, 4],
    ['a weak tag', call('PATCH', { 'if-match': ' W/"4" ' }), {}, 4],
    ['a weak tag and the body alike', call('DELETE', { 'if-match': 'W/"4"' }), { expectedVersion: 4 }, 4],
    ['any', call('PATCH', { 'if-match': '*' }), {}, null],
    ['the body', call('PATCH'), { expectedVersion: 4 }, 4],
    ['the body as text', call('PATCH'), { expectedVersion: '4' }, 4],
    ['both alike', call('PATCH', { 'if-match': '"4"' }), { expectedVersion: 4 }, 4],
    ['the query of a DELETE', call('DELETE', {}, { expectedVersion: '7' }), {}, 7],
    ['the query of anything else', call('PATCH', {}, { expectedVersion: '7' }), {}, null],
  ])('reads %s', (_what, request, body, expected) => {
    expect(expectedRevision(request, body)).toBe(expected);
  });

  it.each<[string, Call, Record<string, unknown>]>([
    ['an unquoted tag', call('PATCH', { 'if-match': '4' }), {}],
    ['a weak tag without quotes', call('PATCH', { 'if-match': 'W/4' }), {}],
    ['a weak tag that is no number', call('PATCH', { 'if-match': 'W/"x"' }), {}],
    ['a weak tag beside another revision', call('PATCH', { 'if-match': 'W/"4"' }), { expectedVersion: 5 }],
    ['zero', call('PATCH'), { expectedVersion: 0 }],
    ['a fraction', call('PATCH'), { expectedVersion: 1.5 }],
    ['an object', call('PATCH'), { expectedVersion: {} }],
    ['two that differ', call('PATCH', { 'if-match': '"4"' }), { expectedVersion: 5 }],
    ['a text query', call('DELETE', {}, { expectedVersion: 'x' }), {}],
  ])('refuses %s', (_what, request, body) => {
    expect(() => expectedRevision(request, body)).toThrow(/INVALID_REVISION/);
  });
});
