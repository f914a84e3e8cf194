import { describe, expect, test } from 'vitest';
import { passed, refused } from '../../test/templates.js';
import { readTemplate, readTemplateFields } from './read-template.js';
import { createdTemplate, replacedTemplate, updatedTemplate } from './update-template.js';

const read = (document: object) => passed(readTemplate(document));
const fields = (document: object) => passed(readTemplateFields(document));
const USER = { name: 'ann', backend_roles: ['r'] };
const FORGED = { created_time: 9, last_provisioned_time: 9, tenant_id: 'other', user: { name: 'eve' } };
const stored = {
  ...createdTemplate(
    read({
      name: 'n',
      description: 'd',
      use_case: 'u',
      version: { template: '1.0.0', compatibility: ['2.19.0'] },
      ...FORGED,
    }),
    { user: USER, tenantId: 't' },
    1000,
  ),
  lastProvisionedTime: 1500,
};

test('a created template has its times, owner and tenant from the server', () => {
  const { lastProvisionedTime: _, ...created } = stored;
  expect(created).toMatchObject({ createdTime: 1000, lastUpdatedTime: 1000, user: USER, tenantId: 't' });
  expect(createdTemplate(read({ name: 'n', ...FORGED }), {}, 1)).toEqual({
    name: 'n',
    description: '',
    useCase: '',
    workflows: {},
    createdTime: 1,
    lastUpdatedTime: 1,
  });
});

test('a full update replaces all but what the server keeps', () => {
  expect(replacedTemplate(stored, read({ name: 'other', ...FORGED }), 2000)).toEqual({
    name: 'other',
    description: '',
    useCase: '',
    workflows: {},
    createdTime: 1000,
    lastProvisionedTime: 1500,
    user: USER,
    tenantId: 't',
    lastUpdatedTime: 2000,
  });
});

describe('an update of fields', () => {
  test('changes only what is supplied', () => {
    expect(updatedTemplate(stored, fields({ description: ' ', use_case: '' }), 2000)).toEqual({
      ...stored,
      lastUpdatedTime: 2000,
    });
    expect(updatedTemplate(stored, fields({ name: 'm', description: 'e', ui_metadata: { a: 1 } }), 2000)).toEqual({
      ...stored,
      name: 'm',
      description: 'e',
      uiMetadata: { a: 1 },
      lastUpdatedTime: 2000,
    });
  });

  test('changes the two parts of the version one by one', () => {
    const version = (document: object) => updatedTemplate(stored, fields({ version: document }), 1).version;
    expect(version({ template: '2.0.0' })).toEqual({ template: '2.0.0', compatibility: ['2.19.0'] });
    expect(version({ compatibility: ['3.0.0'] })).toEqual({ template: '1.0.0', compatibility: ['3.0.0'] });
  });

  test.each(['workflows', 'user', 'created_time', 'tenant_id', 'nope'])('does not take %s', (field) => {
    expect(refused(readTemplateFields({ name: 'n', [field]: {} }))).toEqual({
      status: 400,
      message: `You can not update the field [${field}] without updating the whole template.`,
    });
  });
});
