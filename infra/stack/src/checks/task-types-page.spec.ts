import { join } from 'node:path';
import { registerTaskType, taskTypes } from '@flowplane/contracts';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { repoRoot } from '../paths.js';
import { taskTypesPage } from './task-types-page.js';

const PAGE = join(repoRoot(), 'docs/tasks.md');

/** Where a schema was changed: `npx vitest run --project unit infra/stack/src/checks/task-types-page -u` writes the page anew. */
test('docs/tasks.md is what the catalogue says', async () => {
  const options = await resolveConfig(PAGE);
  await expect(await format(taskTypesPage(taskTypes()), { ...options, parser: 'markdown' })).toMatchFileSnapshot(PAGE);
});

test('a type that is added has its section, with members, failures and examples', () => {
  const remove = registerTaskType({
    ...{ id: 'test.type', label: 'T', category: 'c', description: 'Does a thing.', repeat: 'Does it again.' },
    inputSchema: {
      type: 'object',
      required: ['list'],
      properties: {
        list: {
          type: 'array',
          maxItems: 3,
          items: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } },
        },
      },
    },
    outputSchema: { type: 'object', required: ['status'], properties: { status: { const: 'success' } } },
    errors: [{ code: 'TEST_FAILED', retryable: true, when: 'it | fails' }],
    connections: [],
    examples: [{ title: 'One', input: { list: [{ size: 2 }] } }],
  });
  const page = taskTypesPage(taskTypes());
  remove();
  const section = page.slice(page.indexOf('## test.type'));
  for (const text of [
    'Does a thing.',
    'Does it again.',
    '| `list` | list of objects, required | items at most 3 |',
    '| `list[].size` | whole number | at least 1 |',
    '| `status` | `success`, required |  |',
    '| `TEST_FAILED` | yes | it \\| fails |',
    'taskType: test.type',
  ]) {
    expect(section).toContain(text);
  }
});
