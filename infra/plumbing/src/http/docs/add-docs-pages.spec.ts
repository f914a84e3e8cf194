import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastify } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { addDocsPages } from './add-docs-pages.js';

const DOCS = fileURLToPath(new URL('../../../../../docs/', import.meta.url));
const app = fastify();
addDocsPages(app);
afterAll(() => app.close());

const namesIn = (folder: string): readonly string[] =>
  readdirSync(join(DOCS, folder)).flatMap((file) => /^(.+)\.md$/.exec(file)?.[1] ?? []);
const names = [...namesIn('.'), ...namesIn('spec').map((name) => `spec/${name}`)];
const get = async (url: string): Promise<string> => {
  const { statusCode, body } = await app.inject(url);
  expect([url, statusCode]).toEqual([url, 200]);
  return body;
};
const linksIn = (page: string): readonly string[] => [...page.matchAll(/href="([^"]*)"/g)].map(([, url = '']) => url);
/** What other parts of a service serve. */
const ELSEWHERE = ['/docs', '/ui/', 'data:,'];

describe('the pages of docs/', () => {
  it.each(['index', ...names])('%s is there, and every link in it leads to a place that is there', async (name) => {
    const page = await get(`/docs/${name}`);
    const lost: string[] = [];
    for (const link of linksIn(page)) {
      if (/^https?:/.test(link) || ELSEWHERE.includes(link)) continue;
      const [path = '', place] = link.split('#', 2);
      if (!/^(#|\/docs\/[a-z/.-]+$)/.test(path === '' ? link : path)) lost.push(link);
      const target = path === '' ? page : (await app.inject(path)).body;
      const isThere = path === '' || (await app.inject(path)).statusCode === 200;
      if (!isThere || (place !== undefined && !target.includes(` id="${place}"`))) lost.push(link);
    }
    expect(lost).toEqual([]);
  });

  it('are all named in the index, and have titles', async () => {
    const index = await get('/docs/index');
    expect(linksIn(index).filter((link) => names.includes(link.slice('/docs/'.length))).length).toBeGreaterThanOrEqual(
      names.length,
    );
    for (const name of names) {
      expect(linksIn(index)).toContain(`/docs/${name}`);
      expect(await get(`/docs/${name}`)).toMatch(/<title>[^<]+ · Flowplane<\/title>/);
    }
  });

  it('run nothing: the policy forbids it, and nothing asks for it', async () => {
    const { headers } = await app.inject('/docs/language');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'self';/);
    for (const name of names)
      expect(await get(`/docs/${name}`)).not.toMatch(/<script|<iframe|<style|\son\w+=|javascript:/);
  });

  it('are sent once to who has them already', async () => {
    const { headers } = await app.inject('/docs/cookbook');
    const again = await app.inject({ url: '/docs/cookbook', headers: { 'if-none-match': String(headers['etag']) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('keep the text of examples as it is', async () => {
    expect(await get('/docs/language')).toContain("text: 'Hello, ${{ nodes.load.json.name }}!'");
    expect(await get('/docs/language')).toContain('apiVersion: v1.0\nname: Greet a customer\ninputs:\n');
  });
});

it('says 404 for a page that there is not, and where the index is', async () => {
  for (const url of ['/docs/nowhere', '/docs/spec/nowhere', '/docs/..%2fREADME', '/docs/swagger-ui.css.map']) {
    const { statusCode, headers, body } = await app.inject(url);
    expect([url, statusCode, headers['content-type']]).toEqual([url, 404, 'text/html; charset=utf-8']);
    expect(body).toContain('href="/docs/index"');
  }
});

type Shown = { readonly statusCode: number; readonly body: string };

/** A service whose installation has these pages. */
async function withPages(
  pages: Readonly<Record<string, string>>,
  run: (ask: (path: string) => Promise<Shown>) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  mkdirSync(join(folder, 'spec'));
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, `${name}.md`), text);
  const other = fastify();
  addDocsPages(other, folder);
  try {
    await run(async (path) => other.inject(path));
  } finally {
    await other.close();
    rmSync(folder, { recursive: true });
  }
}

it('says 404 in an installation without pages, and why', async () => {
  await withPages({}, async (ask) => {
    for (const url of ['/docs/index', '/docs/language']) {
      const { statusCode, body } = await ask(url);
      expect([statusCode, body.includes('This installation has no pages')]).toEqual([404, true]);
    }
  });
});

it('shows HTML of a page as text, and what is in the repository only without a link', async () => {
  const text = `# A <b>page</b>

<script>alert(1)</script>

[code](../contracts/src/x.ts), [spec](spec/rules.md#second-part), [odd](javascript:alert(1)), ![picture](x.png)

## Second part

## Second part
`;
  await withPages(
    { page: text, 'spec/rules': '# Rules\n\n## Second part\n\nBack to [it](../page.md).\n' },
    async (ask) => {
      const { body } = await ask('/docs/page');
      expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(body).toContain('<span class="elsewhere" title="In the repository: contracts/src/x.ts">code</span>');
      expect(body).toContain('<a href="/docs/spec/rules#second-part">spec</a>');
      expect(body).toContain('<span class="elsewhere" title="In the repository: docs/javascript:alert(1)">odd</span>');
      expect(body).not.toMatch(/<img|<b>|<script/);
      expect([...body.matchAll(/<h2 id="([^"]+)"/g)].map(([, id]) => id)).toEqual(['second-part', 'second-part-1']);
      expect((await ask('/docs/spec/rules')).body).toContain('<a href="/docs/page">it</a>');
    },
  );
});
