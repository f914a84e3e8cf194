import { describe, expect, test } from 'vitest';
import { passed, refused } from '../../test/templates.js';
import { templateErrorBody } from './errors.js';
import { readParameters } from './parameters.js';
import {
  readBooleanParameter,
  readPlainQuery,
  readProvisionQuery,
  readWaitParameter,
  readWriteQuery,
} from './request-query.js';

const query = (text: string) => [...new URLSearchParams(text)];
const create = (text: string) => readWriteQuery(query(text), undefined);
const update = (text: string) => readWriteQuery(query(text), 'K1');

describe('queries of create and update', () => {
  const NO_EXTRA = /^Only the parameters \[.*\] are permitted unless the provision parameter is set to true\.$/;
  const NO_BOTH = 'You can not use both the provision and update_fields parameters in the same request.';
  const NO_CREATE = 'You can not use the reprovision parameter to create a new template.';
  const NO_USE_CASE = 'You cannot use the reprovision and use_case parameters in the same request.';
  const NO_WAIT =
    "Request parameter 'wait_for_completion_timeout' is not allowed unless the 'provision' or 'reprovision' parameter is set to true.";

  test.each<[string, 'create' | 'update', string | RegExp]>([
    ['x=1', 'create', NO_EXTRA],
    ['x=1&update_fields=true&reprovision=true', 'update', NO_EXTRA],
    ['provision=true&update_fields=true&x=1', 'update', NO_BOTH],
    ['provision=true&update_fields=true&reprovision=true', 'create', NO_BOTH],
    ['reprovision=true&use_case=u', 'create', NO_CREATE],
    ['reprovision=true&use_case=u&provision=true&x=1', 'update', NO_USE_CASE],
    ['reprovision=true&provision=true&x=1', 'update', NO_EXTRA],
    ['update_fields=true', 'create', NO_EXTRA],
    ['wait_for_completion_timeout=5s', 'create', NO_WAIT],
    ['wait_for_completion_timeout=5s&update_fields=true', 'update', NO_WAIT],
  ])('%s at %s', (text, route, message) => {
    const error = refused(route === 'create' ? create(text) : update(text));
    expect(error.status).toBe(400);
    expect(error.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(error.type).toBeUndefined();
  });

  test('what they say', () => {
    expect(passed(create(''))).toEqual({
      validate: true,
      provision: false,
      reprovision: false,
      updateFields: false,
      parameters: [],
    });
    expect(passed(create('provision&validation=off&use_case=u&a.b=1&pretty&wait_for_completion_timeout=0'))).toEqual({
      validate: false,
      provision: true,
      reprovision: false,
      updateFields: false,
      useCase: 'u',
      waitMs: 0,
      parameters: [['a.b', '1']],
    });
    expect(passed(update('reprovision=true&wait_for_completion_timeout=2m'))).toMatchObject({
      reprovision: true,
      waitMs: 120_000,
    });
    expect(passed(update('wait_for_completion_timeout=-1'))).not.toHaveProperty('waitMs');
  });

  test('a bad boolean and a bad time have the form of the engine', () => {
    const error = refused(create('provision=yes'));
    expect(templateErrorBody(error)).toEqual({
      error: {
        root_cause: [
          {
            type: 'illegal_argument_exception',
            reason: 'Failed to parse value [yes] as only [true] or [false] are allowed.',
          },
        ],
        type: 'illegal_argument_exception',
        reason: 'Failed to parse value [yes] as only [true] or [false] are allowed.',
      },
      status: 400,
    });
    expect(refused(create('provision=true&wait_for_completion_timeout=5')).type).toBe('illegal_argument_exception');
    expect(refused(readWaitParameter('-5s')).status).toBe(400);
    expect(templateErrorBody({ status: 404, message: 'gone' })).toEqual({ error: 'gone' });
  });
});

describe('queries of other routes', () => {
  test('an unknown name is refused, names that are legal everywhere are not', () => {
    const path = '/_plugins/_flow_framework/workflow/K1';
    expect(refused(readPlainQuery(query('x=1'), path, ['clear_status']))).toEqual({
      status: 400,
      message: `request [${path}] contains unrecognized parameter: [x]`,
      type: 'illegal_argument_exception',
    });
    const read = passed(readPlainQuery(query('clear_status=true&pretty=true&filter_path=a'), path, ['clear_status']));
    expect([...read]).toEqual([['clear_status', 'true']]);
    expect(passed(readBooleanParameter(read.get('clear_status')))).toBe(true);
  });

  test('_provision takes every other name as a parameter', () => {
    expect(passed(readProvisionQuery(query('wait_for_completion_timeout=1s&human&provision=x')))).toEqual({
      waitMs: 1000,
      parameters: [['provision', 'x']],
    });
  });
});

describe('substitution parameters', () => {
  test('are those of the query and of the body', () => {
    expect(passed(readParameters([['a', '1']], JSON.parse('{"b.c":"2","__proto__":"3"}')))).toEqual(
      JSON.parse('{"a":"1","b.c":"2","__proto__":"3"}'),
    );
    expect(passed(readParameters([], undefined))).toEqual({});
  });

  test.each<[string, string]>([
    ['{"a":"2"}', 'Duplicate key a'],
    ['{"b":2}', 'Request body fields must have string values'],
    ['{"b":null}', 'Request body fields must have string values'],
    ['["a"]', 'Request body parsing failed'],
    ['null', 'Request body parsing failed'],
  ])('the body %s is refused', (body, message) => {
    expect(refused(readParameters([['a', '1']], JSON.parse(body)))).toEqual({ status: 400, message });
  });

  test('a name twice in the query is refused', () => {
    expect(refused(readParameters(query('a=1&a=2'), undefined)).message).toBe('Duplicate key a');
  });
});
