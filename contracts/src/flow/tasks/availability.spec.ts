import { expect, test } from 'vitest';
import { availabilityOf, type KnownBackends } from './availability.js';
import { registerTaskType, taskTypes } from './catalogue.js';
import { HTTP_REQUEST } from './http-request.js';

const availableWith = (known: KnownBackends): readonly string[] =>
  taskTypes()
    .filter((type) => availabilityOf(type, known).available)
    .map(({ id }) => id);

test('types are available with a server for all, or with a connection of the workspace', () => {
  expect(availableWith({ defaults: new Set(), connections: new Map() })).toEqual(['events.publish', 'http.request']);
  expect(availableWith({ defaults: new Set(['mongo', 'smtp']), connections: new Map([['files', 's3']]) })).toEqual([
    ...['db.query', 'storage.put', 'storage.get', 'events.publish', 'http.request', 'email.send'],
  ]);
  const all = taskTypes().map(({ id }) => id);
  expect(availableWith({ defaults: undefined, connections: new Map() })).toEqual(all);
  expect(availableWith({ defaults: new Set(), connections: undefined })).toEqual(all);
});

test('what is missing is said', () => {
  const reasons = taskTypes().map((type) => availabilityOf(type, { defaults: new Set(), connections: new Map() }));
  expect(reasons[0]).toEqual({
    available: false,
    unavailableReason:
      'No postgres or mongo server is configured for all, and the workspace has no connection of kind postgres or mongo.',
  });
});

test('a type that a test adds is there until it is taken out, and no id is there twice', () => {
  const remove = registerTaskType({ ...HTTP_REQUEST, id: 'test.type' });
  expect(taskTypes().at(-1)?.id).toBe('test.type');
  expect(() => registerTaskType({ ...HTTP_REQUEST, id: 'test.type' })).toThrow('already');
  remove();
  expect(taskTypes()).toHaveLength(8);
});
