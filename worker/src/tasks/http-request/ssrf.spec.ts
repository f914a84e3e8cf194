import { createServer, type AddressInfo, type Server } from 'node:net';
import type { JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  attemptOf,
  openCountingListener,
  signedTenant,
  taskErrorOf,
  type CountingListener,
} from '../../../test/tasks/attempts.js';
import { httpOptions, noNames } from '../../../test/tasks/backends.js';
import type { Resolve, ResolvedAddress } from '../outbound/checked-target.js';
import { makeHttpRequest } from './http-request.js';

/** On every address of this machine: a request that were let through would be noticed wherever it went. */
let listener: CountingListener;
let before = 0;
beforeAll(async () => {
  listener = await openCountingListener('::');
});
afterAll(() => listener.close());
beforeEach(() => {
  before = listener.connections();
});

const attempt = attemptOf(signedTenant('t', 'w'));
const addresses = (...list: string[]): ResolvedAddress[] =>
  list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const call = (params: JsonObject, resolve: Resolve = noNames, allow: string[] = []): Promise<JsonObject> =>
  makeHttpRequest(httpOptions(allow, { resolve }))(params, attempt);
const expectBlocked = async (params: JsonObject, resolve?: Resolve): Promise<void> => {
  expect(await taskErrorOf(call(params, resolve))).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
  expect(listener.connections()).toBe(before);
};
const at = (url: string): string => url.replace('PORT', String(listener.port));

it('the listener does notice who is let through', async () => {
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
    const error = await taskErrorOf(
      call({ url: `http://${host}:${listener.port}/` }, noNames, [`${host}:${listener.port}`]),
    );
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  }
  expect(listener.connections()).toBe(before + 3);
});

describe('spellings of this machine', () => {
  it.each([
    ...['http://127.0.0.1:PORT', 'HTTP://127.0.0.1:PORT/', 'https://127.0.0.1:PORT/', ' http://127.0.0.1:PORT/ '],
    ...['http:127.0.0.1:PORT/', 'http:/127.0.0.1:PORT/', 'http:\\\\127.0.0.1:PORT\\', 'http:////127.0.0.1:PORT/'],
    ...['ht\ntp://127.0.0.1:PORT/', 'http://127.0\t.0.1:PORT/', 'http://127.0.0.1:PORT/\r\nx: y'],
    ...['http://2130706433:PORT/', 'http://2130706433.:PORT/', 'http://0x7f.1:PORT/', 'http://0X7F000001:PORT/'],
    ...[
      'http://0x7f.0x0.0x0.0x1:PORT/',
      'http://0177.0x0.0.1:PORT/',
      'http://017700000001:PORT/',
      'http://127.65537:PORT/',
    ],
    ...['http://0000177.0.0.01:PORT/', 'http://127.0.0.0x1:PORT/', 'http://0x0:PORT/', 'http://00.0:PORT/'],
    ...[
      'http://127%2e0%2e0%2e1:PORT/',
      'http://１２７.０.０.１:PORT/',
      'http://127。0．0｡1:PORT/',
      'http://⑫7.0.0.1:PORT/',
    ],
    ...[
      'http://[::1]:PORT/',
      'http://[0:0::0:1]:PORT/',
      'http://[::ffff:127.0.0.1]:PORT/',
      'http://[::ffff:7f00:0001]:PORT/',
    ],
    ...['http://[::FFFF:0:127.0.0.1]:PORT/', 'http://[::127.0.0.1]:PORT/', 'http://[2002:7f00:0001::]:PORT/'],
    ...['http://[64:ff9b::127.0.0.1]:PORT/', 'http://[::1%25lo]:PORT/', 'http://[::1%lo]:PORT/', 'http://[::]:PORT/'],
    ...['http://localhost:PORT/', 'http://LocalHost.:PORT/', 'http://local\u00adhost:PORT/', 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/'],
    ...[
      'http://x.y.localhost:PORT/',
      'http://x.localhost.:PORT/',
      'http://localhost%2e:PORT/',
      'http://localhost。:PORT/',
    ],
    ...['http://user@127.0.0.1:PORT/', 'http://user:pw@example.com:PORT/', 'http://example.com@127.0.0.1:PORT/'],
    ...['http://127.0.0.1:PORT\\@example.com/', 'http://:@127.0.0.1:PORT/', 'http://%40@127.0.0.1:PORT/'],
    ...['ws://127.0.0.1:PORT/', 'ftp://127.0.0.1:PORT/', 'file://127.0.0.1:PORT/', 'unix:/tmp/x', 'data:text/plain,x'],
    ...['http://127.0.0.1:PORT:1/', 'http://127.0.0.256:PORT/', 'http://1.2.3.4.5:PORT/', 'http://[127.0.0.1]:PORT/'],
    ...['http://127.0.0.1 :PORT/', '', '/', '//127.0.0.1:PORT/', 'javascript:0', 'about:blank', 'http://'],
  ])('%j', async (url) => expectBlocked({ url: at(url) }));
});

describe('names', () => {
  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.8.8.8', '169.254.169.254', '172.16.0.1'],
    ...['172.31.255.255', '192.0.0.8', '192.168.1.1', '198.18.0.1', '198.19.255.255', '224.0.0.1', '239.1.1.1'],
    ...['240.0.0.1', '255.255.255.255', '::', '::1', 'fc00::1', 'fdff::1', 'fe80::1', 'febf::1', 'ff02::1'],
    ...[
      '::ffff:127.0.0.1',
      '::127.0.0.1',
      '2002:7f00:1::',
      '2002:a9fe:a9fe::1',
      '64:ff9b::7f00:1',
      '64:ff9b::10.0.0.1',
    ],
  ])('with the address %s, alone or beside public ones, in any place', async (address) => {
    const url = `http://name.example:${listener.port}/`;
    for (const answer of [
      [address],
      ['203.0.113.7', address],
      [address, '203.0.113.7'],
      ['2001:db8::7', '203.0.113.7', address],
    ]) {
      await expectBlocked({ url }, () => Promise.resolve(addresses(...answer)));
    }
  });

  it('without an address are blocked', async () => {
    await expectBlocked({ url: `http://name.example:${listener.port}/` }, () => Promise.resolve([]));
    await expectBlocked({ url: `http://name.example:${listener.port}/` }, noNames);
  });

  it('are asked for once: an answer that changes after the check changes nothing', async () => {
    let asked = 0;
    const flipping: Resolve = () => Promise.resolve(addresses(asked++ === 0 ? '192.0.2.1' : '127.0.0.1'));
    const error = await taskErrorOf(call({ url: `http://flip.example:${listener.port}/`, timeoutMs: 400 }, flipping));
    expect(['REQUEST_TIMEOUT', 'UPSTREAM_UNAVAILABLE']).toContain(error.code);
    expect(asked).toBe(1);
    expect(listener.connections()).toBe(before);

    asked = 0;
    const flippingBack: Resolve = () => Promise.resolve(addresses(asked++ === 0 ? '127.0.0.1' : '192.0.2.1'));
    await expectBlocked({ url: `http://flip.example:${listener.port}/` }, flippingBack);
    expect(asked).toBe(1);
  });

  it('are checked anew for every request', async () => {
    let asked = 0;
    const flipping: Resolve = () => Promise.resolve(addresses(asked++ === 0 ? '192.0.2.1' : '127.0.0.1'));
    const request = makeHttpRequest(httpOptions([], { resolve: flipping }));
    const url = `http://flip.example:${listener.port}/`;
    await taskErrorOf(request({ url, timeoutMs: 200 }, attempt));
    expect((await taskErrorOf(request({ url }, attempt))).code).toBe('SSRF_BLOCKED');
    expect(listener.connections()).toBe(before);
  });
});

describe('a connection to the checked address', () => {
  /** Keeps the first bytes of every connection, then answers or hangs up. */
  const opened: { server: Server; first: string[] }[] = [];
  const serve = async (answer: string): Promise<{ port: number; first: string[] }> => {
    const first: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        first.push(chunk.toString('latin1'));
        socket.end(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ server, first });
    return { port: (server.address() as AddressInfo).port, first };
  };
  afterAll(() => opened.forEach(({ server }) => server.close()));
  const local: Resolve = () => Promise.resolve(addresses('127.0.0.1'));

  it('keeps Host and the TLS server name of the URL', async () => {
    const plain = await serve('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    const allowed = [`name.example:${plain.port}`];
    expect(await call({ url: `http://name.example:${plain.port}/` }, local, allowed)).toMatchObject({ body: 'ok' });
    expect(plain.first[0]).toContain(`host: name.example:${plain.port}\r\n`);

    const tls = await serve('');
    const error = await taskErrorOf(
      call({ url: `https://secure.example:${tls.port}/` }, local, [`secure.example:${tls.port}`]),
    );
    expect(error.code).toMatch(/^UPSTREAM_/);
    expect(tls.first[0]).toContain('secure.example');
  });

  it.each([301, 302, 303, 307, 308])(
    'returns the redirect %i to a private address and follows none',
    async (status) => {
      const location = `http://127.0.0.1:${listener.port}/`;
      const redirecting = await serve(
        `HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\nrefresh: 0; url=${location}\r\ncontent-length: 0\r\n\r\n`,
      );
      const url = `http://127.0.0.1:${redirecting.port}/`;
      const output = await call({ url, method: 'POST', body: 'x' }, noNames, [`127.0.0.1:${redirecting.port}`]);
      expect(output).toMatchObject({ httpStatus: status, headers: { location } });
      expect(redirecting.first).toHaveLength(1);
      expect(listener.connections()).toBe(before);
    },
  );
});
