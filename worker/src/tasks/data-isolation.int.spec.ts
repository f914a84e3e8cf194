import { paramsFault, type Json, type JsonObject } from '@flowplane/contracts';
import { longOr, startFerretDb, startVersityGateway, type FerretDb, type VersityGateway } from '@flowplane/stack';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant } from '../../test/tasks/attempts.js';
import { openDataDatabase, scopedTable, type DataDatabase } from '../../test/tasks/data-database.js';
import { openTestDocuments, type TestDocuments } from '../../test/tasks/documents.js';
import { hostileObject, hostileQuery } from '../../test/tasks/hostile-inputs.js';
import { openTestStores, type TestStores } from '../../test/tasks/stores.js';
import { makeDbQuery } from './db-query/db-query.js';
import { TaskError } from './task-error.js';

/** Whoever asks is `mine`. All that belongs to the others holds this text. */
const SECRET = 'only-of-the-others';
const mine = signedTenant('t1', 'w1');
const others = [signedTenant('t2', 'w1'), signedTenant('t1', 'w2')];

/** Always the same ones in the short form, which shows how many of them a backend has answered. */
const CASES = longOr({ numRuns: 400, seed: 13 }, { numRuns: 20_000 });

/** @returns the output as text, empty where the task was refused; anything but a refusal is a fault of the test */
async function textOf(work: Promise<Json>): Promise<string> {
  try {
    return JSON.stringify(await work);
  } catch (thrown) {
    if (!(thrown instanceof TaskError) || thrown.code === 'INTERNAL_ERROR') throw thrown;
    return thrown.message;
  }
}

/** As the dispatch does before a task sees its input. */
const fits = (taskType: string, input: JsonObject): boolean => paramsFault(taskType, input) === undefined;

describe('documents', () => {
  let server: FerretDb;
  let documents: TestDocuments;
  const theirs = () =>
    documents.db
      .collection('docs')
      .find({ $or: [{ tenantId: 't2' }, { workspaceId: 'w2' }] })
      .sort({ _id: 1 })
      .toArray();
  beforeAll(async () => {
    server = await startFerretDb();
    documents = await openTestDocuments({ url: server.url, database: 'data', collections: ['docs'] });
    for (const tenant of others) {
      for (const id of [1, '1', 'theirs-1']) {
        const values = { secret: SECRET, note: 'note', id: 1 };
        await documents.query({ operation: 'insert', collectionName: 'docs', documentId: id, values }, tenant);
      }
    }
    const [tenantId, workspaceId] = ['t2', 'w1'];
    await documents.db.collection('docs').insertOne({ _id: 'theirs' as never, tenantId, workspaceId, secret: SECRET });
  });
  afterAll(async () => {
    await documents?.close();
    await server?.close();
  });

  it('of others are neither read nor changed, whatever is asked', async () => {
    const before = await theirs();
    expect(before).toHaveLength(7);
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(hostileQuery(['note', 'id', '_id', 'secret', 'tenantId', 'workspaceId']), async (query) => {
        const input = { engine: 'mongo', collectionName: 'docs', ...query };
        if (!fits('db.query', input)) return;
        const text = await textOf(documents.query(input, mine));
        if (text.startsWith('{')) answered += 1;
        expect(text).not.toContain(SECRET);
        expect(await theirs()).toEqual(before);
      }),
      CASES,
    );
    expect(answered).toBeGreaterThan(25);
    // What was written in between is all the writer's own.
    expect(await documents.db.collection('docs').countDocuments({ tenantId: { $nin: ['t1', 't2'] } })).toBe(0);
  });
});

describe('rows', () => {
  let database: DataDatabase;
  const theirs = async () =>
    (await database.admin.query("SELECT * FROM docs WHERE (tenant_id, workspace_id) <> ('t1', 'w1') ORDER BY 1, 2, 3"))
      .rows;
  beforeAll(async () => {
    database = await openDataDatabase(`
      ${scopedTable('docs', 'id int, note text, secret jsonb, PRIMARY KEY (tenant_id, workspace_id, id)')}
      INSERT INTO docs SELECT t, w, i, 'note', to_jsonb('${SECRET}'::text)
        FROM (VALUES ('t2', 'w1'), ('t1', 'w2')) AS v(t, w), generate_series(1, 3) AS i;`);
  });
  afterAll(() => database?.close());

  it('of others are neither read nor changed, whatever is asked', async () => {
    const before = await theirs();
    expect(before).toHaveLength(6);
    const run = makeDbQuery(database.tables.query);
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(hostileQuery(['note', 'id', 'secret', 'tenant_id', 'workspace_id']), async (query) => {
        const input = { engine: 'postgres', tableName: 'docs', ...query };
        if (!fits('db.query', input)) return;
        const text = await textOf(run(input, attemptOf(mine)));
        if (text.startsWith('{')) answered += 1;
        expect(text).not.toContain(SECRET);
        expect(await theirs()).toEqual(before);
      }),
      CASES,
    );
    expect(answered).toBeGreaterThan(25);
  });
});

describe('objects', () => {
  let server: VersityGateway;
  let stores: TestStores;
  const body = Buffer.from(SECRET).toString('base64');
  const theirs = () => Promise.all(others.map((tenant) => stores.get({ objectKey: 'k' }, tenant)));
  beforeAll(async () => {
    server = await startVersityGateway(['flowplane']);
    stores = openTestStores({ ...server, bucket: 'flowplane' });
    for (const tenant of others) await stores.put({ objectKey: 'k', body }, tenant);
  });
  afterAll(async () => {
    await stores?.close();
    await server?.close();
  });

  it('of others are neither read nor changed, whatever is asked', async () => {
    const before = await theirs();
    expect(before.map((object) => object['body'])).toEqual([body, body]);
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(hostileObject, async (object) => {
        if (!fits('storage.get', object)) return;
        for (const text of [await textOf(stores.put(object, mine)), await textOf(stores.get(object, mine))]) {
          if (text.startsWith('{')) answered += 1;
          expect(text).not.toContain(body);
        }
        expect(await theirs()).toEqual(before);
      }),
      CASES,
    );
    expect(answered).toBeGreaterThan(25);
  });
});
