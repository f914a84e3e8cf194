import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@flowplane/plumbing/test/kafka';
import type { JsonObject } from '@flowplane/contracts';
import { startVersityGateway, type VersityGateway } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCountingListener, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openHoldingProxy } from '../../../test/tasks/holding-proxy.js';
import { openTestStores, SOME_BODY, type TestStores } from '../../../test/tasks/stores.js';
import type { ResolveConnection } from '../connections/resolve-connection.js';

/** Longest wait for what a machine under load does late. */
const WAIT_MS = 60_000;
const BUCKET = 'flowplane';
const theirs = signedTenant('t2', 'w1');
const elsewhere = signedTenant('t1', 'w2');

let server: VersityGateway;
let stores: TestStores;
beforeAll(async () => {
  server = await startVersityGateway([BUCKET]);
  stores = openTestStores({ ...server, bucket: BUCKET });
});
afterAll(async () => {
  await stores?.close();
  await server?.close();
});

const failure = (work: Promise<unknown>) => taskErrorOf(work);
/** Files of the server that hold objects, below its bucket. */
const objects = async (below = ''): Promise<readonly string[]> => {
  const found = await readdir(join(server.data, 'objects', BUCKET, below), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
};
const base64 = (bytes: Buffer): string => bytes.toString('base64');

describe('an object', () => {
  it('is put and read back, with its type', async () => {
    const body = base64(randomBytes(70_000));
    const put = await stores.put({ objectKey: 'a/b c+%2F?#ä.bin', body, contentType: 'image/png' });
    expect(put).toEqual({ objectKey: 'a/b c+%2F?#ä.bin', etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as string });
    expect(await stores.get({ objectKey: 'a/b c+%2F?#ä.bin' })).toEqual({
      ...{ objectKey: 'a/b c+%2F?#ä.bin', body, contentType: 'image/png' },
    });
    await stores.put({ objectKey: 'plain', body: '' });
    expect(await stores.get({ objectKey: 'plain' })).toEqual({
      ...{ objectKey: 'plain', body: '', contentType: 'application/octet-stream' },
    });
  });

  it('is one, however often it is put', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) await stores.put({ objectKey: 'again/one' });
    expect(await objects('t1/w1/files/again')).toEqual(['one']);
    expect(await readFile(join(server.data, 'objects', BUCKET, 't1/w1/files/again/one'), 'utf8')).toBe('some bytes');
  });

  it.each(['k'.repeat(1024), `${'ä'.repeat(500)}/x`, '~home', '...', 'a/...b'])(
    'may be called %j',
    async (objectKey) => {
      await stores.put({ objectKey });
      expect(await stores.get({ objectKey })).toMatchObject({ objectKey, body: SOME_BODY });
    },
  );

  it('of a tenant, workspace or bucket is none of another', async () => {
    await stores.put({ objectKey: 'own' });
    await stores.put({ objectKey: 'own', body: base64(Buffer.from('theirs')) }, theirs);
    expect(await stores.get({ objectKey: 'own' })).toMatchObject({ body: SOME_BODY });
    expect(await stores.get({ objectKey: 'own', bucketId: 't1/w1/files' })).toMatchObject({ body: SOME_BODY });
    const none = { code: 'OBJECT_NOT_FOUND', retryable: false };
    expect(await failure(stores.get({ objectKey: 'own' }, elsewhere))).toMatchObject(none);
    expect(await failure(stores.get({ objectKey: 'own', bucketId: 'others' }))).toMatchObject(none);
    for (const bucketId of ['t2/w1/files', 't1/w2/files', '../../t2/w1/files']) {
      const forbidden = { code: 'FORBIDDEN', retryable: false };
      expect(await failure(stores.get({ objectKey: 'own', bucketId }))).toMatchObject(forbidden);
      expect(await failure(stores.put({ objectKey: 'own', bucketId }))).toMatchObject(forbidden);
    }
  });

  it.each<JsonObject>([
    { body: 'no base64!' },
    { body: 'QUI' },
    { body: 'QUI=\n' },
    { body: 'QU-_' },
    { body: 'QUJ=' },
    { contentType: 'text/plain\r\nx-amz-acl: public-read' },
    { contentType: 'text' },
    { contentType: `a/${'b'.repeat(254)}` },
    { objectKey: '../k' },
    { objectKey: 'a//b' },
    { bucketId: 'a b' },
  ])('that is asked for as %j is refused', async (input) => {
    expect(await failure(stores.put(input))).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
  });
});

describe('sizes', () => {
  /** Base64 has four characters for three bytes. */
  const room =
    2_097_152 -
    Buffer.byteLength(
      JSON.stringify({ status: 'success', objectKey: 'edge', body: '', contentType: 'application/octet-stream' }),
    );
  const most = Math.floor(room / 4) * 3;

  it('the largest object that an output can hold is read, one byte more is not', async () => {
    const direct = openTestStores({ ...server, bucket: BUCKET });
    await direct.put({ objectKey: 'edge', body: base64(Buffer.alloc(most)) });
    const output = { status: 'success', ...(await direct.get({ objectKey: 'edge' })) };
    expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThanOrEqual(2_097_152);
    expect(Buffer.byteLength(JSON.stringify(output))).toBeGreaterThan(2_097_152 - 4);
    await direct.put({ objectKey: 'edge', body: base64(Buffer.alloc(most + 1)) });
    expect(await failure(direct.get({ objectKey: 'edge' }))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      retryable: false,
    });
    await direct.close();
  });

  it('an object that is too large is not received, whether its length is announced or not', async () => {
    let sent = 0;
    const endless = createServer((request, response) => {
      if (request.url?.endsWith('/announced') === true) response.setHeader('content-length', 10 ** 10);
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const huge = openTestStores({ ...server, url, bucket: BUCKET });
    for (const objectKey of ['announced', 'not']) {
      expect(await failure(huge.get({ objectKey }))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
    }
    expect(sent).toBeLessThan(50_000_000);
    await huge.close();
    endless.closeAllConnections();
    endless.close();
  });
});

describe('a store that refuses, is silent or away', () => {
  it.each([200, 500])('an answer %i without end is not received, of a put and of an error', async (status) => {
    let sent = 0;
    const endless = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/xml' });
      const chunk = Buffer.alloc(65_536, 32);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const wordy = openTestStores({ ...server, url, bucket: BUCKET });
    for (const call of status === 200 ? [wordy.put] : [wordy.put, wordy.get]) {
      expect(await failure(call({}))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false });
    }
    expect(sent).toBeLessThan(50_000_000);
    await wordy.close();
    endless.closeAllConnections();
    endless.close();
  });

  it.each<[number, string, boolean]>([
    [403, 'FORBIDDEN', false],
    [404, 'OBJECT_NOT_FOUND', false],
    [429, 'UPSTREAM_UNAVAILABLE', true],
    [502, 'UPSTREAM_UNAVAILABLE', true],
    [503, 'UPSTREAM_UNAVAILABLE', true],
    [504, 'UPSTREAM_UNAVAILABLE', true],
    [301, 'UPSTREAM_ERROR', false],
    [307, 'UPSTREAM_ERROR', false],
    [400, 'UPSTREAM_ERROR', false],
    [409, 'UPSTREAM_ERROR', false],
    [500, 'UPSTREAM_ERROR', false],
  ])('%i is %s', async (status, code, retryable) => {
    let asked = 0;
    const refusing = createServer((request, response) => {
      asked += 1;
      request.resume();
      request.on('end', () => {
        response.writeHead(status, {
          'content-type': 'application/xml',
          location: 'http://127.0.0.1:1/',
          'retry-after': '7',
        });
        response.end(`<Error><Code>Odd</Code><Message>${request.headers.authorization ?? ''}</Message></Error>`);
      });
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const refused = openTestStores({ ...server, url, bucket: BUCKET });
    for (const call of [refused.put, refused.get]) {
      const error = await failure(call({}));
      expect(error).toMatchObject({ code, retryable, retryAfterMs: retryable ? 7000 : undefined });
      expect(error.message).not.toMatch(/Credential|test-access-key|AWS4/);
    }
    expect(asked).toBe(2); // the client repeats nothing
    await refused.close();
    refusing.closeAllConnections();
    refusing.close();
  });

  it.each(['cut', 'silent'])('an object whose transfer is %s in the middle may be asked for again', async (how) => {
    const halting = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('0123456789', () => {
        if (how === 'cut') response.destroy();
      });
    });
    await new Promise<void>((resolve) => halting.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(halting.address() as AddressInfo).port}`;
    const halted = openTestStores({ ...server, url, bucket: BUCKET, timeoutMs: how === 'cut' ? 60_000 : 300 });
    expect(await failure(halted.get({}))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    await halted.close();
    halting.closeAllConnections();
    halting.close();
  });

  it('a bucket that is not there, and a key that is not known', async () => {
    const noBucket = openTestStores({ ...server, bucket: 'nowhere' });
    expect(await failure(noBucket.put({}))).toMatchObject({ code: 'OBJECT_NOT_FOUND', retryable: false });
    await noBucket.close();
    const stranger = openTestStores({ ...server, bucket: BUCKET, secretAccessKey: 'another' });
    expect(await failure(stranger.get({ objectKey: 'plain' }))).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    await stranger.close();
    const none = openTestStores({ bucket: BUCKET, accessKeyId: '', secretAccessKey: '' });
    expect(await failure(none.get({}))).toMatchObject({ code: 'CAPABILITY_UNAVAILABLE', retryable: false });
    await none.close();
  });

  it('does not keep a call that was given up: its connection is cut', async () => {
    const proxy = await openHoldingProxy(server.port);
    const behind = openTestStores({ ...server, url: `http://127.0.0.1:${proxy.port}`, bucket: BUCKET });
    await behind.put({ objectKey: 'slow' });
    for (const call of [behind.put, behind.get]) {
      const ended = new AbortController();
      proxy.hold();
      const given = call({ objectKey: 'slow' }, undefined, { signal: ended.signal }).then(
        () => 'done',
        () => 'given up',
      );
      await until('the store has answered', () => proxy.heldBytes() > 0, WAIT_MS);
      expect(proxy.connections()).toBe(1);
      ended.abort();
      expect(await given).toBe('given up');
      await until('the connection is cut', () => proxy.connections() === 0, WAIT_MS);
      proxy.release();
    }
    await expect(behind.get({}, undefined, { signal: AbortSignal.abort() })).rejects.toThrow();
    await behind.close();
    proxy.close();
  });

  it('is given up when it is silent, and may be tried again', async () => {
    const proxy = await openHoldingProxy(server.port);
    const url = `http://127.0.0.1:${proxy.port}`;
    const impatient = openTestStores({ ...server, url, bucket: BUCKET, timeoutMs: 200 });
    proxy.hold();
    for (const call of [impatient.put, impatient.get]) {
      expect(await failure(call({}))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    }
    await impatient.close();
    proxy.close();
  });

  it('fails with UPSTREAM_UNAVAILABLE while it is down, and serves again when it is back', async () => {
    await stores.put({ objectKey: 'kept' });
    await server.stop();
    for (const call of [stores.put, stores.get]) {
      expect(await failure(call({ objectKey: 'kept' }))).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        retryable: true,
      });
    }
    await server.start();
    expect(await stores.get({ objectKey: 'kept' })).toMatchObject({ body: SOME_BODY });
  });
});

describe('a connection', () => {
  const connectionTo = (url: string, over: object = {}): ResolveConnection =>
    ((kind: string, name: string) =>
      Promise.resolve({
        ...{ kind, name, version: '1', endpoint: { url, region: 'us-east-1', bucket: BUCKET } },
        secret: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
        ...over,
      })) as unknown as ResolveConnection;
  const none = { bucket: BUCKET, accessKeyId: '', secretAccessKey: '' };

  it('leads to its own server and bucket, where keys are inside the scope all the same', async () => {
    const host = `objects.example.test:${server.port}`;
    const opened = openTestStores({ ...none, connections: connectionTo(`http://${host}`), allowedHosts: [host] });
    await opened.put({ objectKey: 'by-connection', connection: 'archive' });
    expect(await objects('t1/w1/files')).toContain('by-connection');
    expect(await opened.get({ objectKey: 'by-connection', connection: 'archive' })).toMatchObject({ body: SOME_BODY });
    const foreign = opened.get({ objectKey: 'by-connection', connection: 'archive' }, theirs);
    expect(await failure(foreign)).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(await failure(opened.get({}))).toMatchObject({ code: 'CAPABILITY_UNAVAILABLE' });
    await opened.close();
  });

  it('that leads inward is refused, and no socket is opened', async () => {
    const listener = await openCountingListener();
    for (const host of ['127.0.0.1', '2130706433', 'objects.example.test', '[::ffff:127.0.0.1]', 'localhost']) {
      const opened = openTestStores({ ...none, connections: connectionTo(`http://${host}:${listener.port}`) });
      for (const call of [opened.put, opened.get]) {
        expect(await failure(call({ connection: 'archive' }))).toMatchObject({
          code: 'SSRF_BLOCKED',
          retryable: false,
        });
      }
      await opened.close();
    }
    expect(listener.connections()).toBe(0);
    listener.close();
  });
});
