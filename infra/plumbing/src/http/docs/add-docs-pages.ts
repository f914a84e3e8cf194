import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { serveKept } from '../serve-kept.js';
import { pageFrame, PAGES_STYLE } from './page-frame.js';
import { escaped, renderPage, type RenderedPage } from './render-page.js';

/** The path is right from `src` as from `dist`. */
const DOCS = fileURLToPath(new URL('../../../../../docs/', import.meta.url));

/** What the index names first, in the order in which people need it. */
const FIRST = ['concepts', 'language', 'cookbook', 'tasks', 'triggers', 'connections', 'console'];

/** Blocks of Markdown that have a page's title and its first sentence. */
const BLOCKS_AT_BEGINNING = 3;

const HTML = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/**
 * The pages of `docs/` at `/docs/<page>`, their specifications at `/docs/spec/<page>`, and an index at `/docs/index`. They
 * are rendered when they are first asked for. An installation may lack the files: then each of these is a 404 that says so.
 *
 * @param folder the `docs` of the repository
 */
export function addDocsPages(app: FastifyInstance, folder = DOCS): void {
  const names = [...namesIn(folder), ...namesIn(join(folder, 'spec')).map((name) => `spec/${name}`)];
  const served = new Set(names);
  const read = (name: string): string => readFileSync(join(folder, `${name}.md`), 'utf8');
  const render = (name: string): RenderedPage => renderPage(read(name), name, served);
  // The index needs no more of each page; all of them at once would keep others waiting.
  const renderBeginning = (name: string): RenderedPage =>
    renderPage(read(name).split('\n\n', BLOCKS_AT_BEGINNING).join('\n\n'), name, served);
  for (const name of names) serveKept(app, `/docs/${name}`, HTML, () => pageFrame(render(name)));
  serveKept(app, '/docs/pages.css', { 'content-type': 'text/css; charset=utf-8' }, () => PAGES_STYLE);
  if (names.length > 0) serveKept(app, '/docs/index', HTML, () => pageFrame(indexOf(names, renderBeginning)));
  const missing = pageFrame(names.length > 0 ? NO_SUCH_PAGE : NO_PAGES);
  for (const url of ['/docs/:page', '/docs/spec/:page'])
    app.get(url, (_request, reply) => reply.code(404).headers(HTML).send(missing));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).flatMap((file) => /^([a-z0-9-]+)\.md$/.exec(file)?.[1] ?? []);
  } catch {
    return []; // the installation has no docs
  }
}

function indexOf(names: readonly string[], render: (name: string) => RenderedPage): RenderedPage {
  const list = (listed: readonly string[]): string => {
    const items = listed.map((name) => {
      const { title, about } = render(name);
      return `<li><a href="/docs/${name}">${title}</a> <span class="soft">${withoutLinks(about)}</span></li>`;
    });
    return `<ul class="pages">${items.join('\n')}</ul>`;
  };
  const others = names.filter((name) => !FIRST.includes(name) && !name.startsWith('spec/'));
  const html = `<h1>Flowplane: the pages</h1>
<p>Every route of the API, with a form to try it: <a href="/docs">the API document</a>.</p>
<h2>To begin with</h2>${list(FIRST.filter((name) => names.includes(name)))}
<h2>To look things up, and to run it</h2>${list(others)}
<h2>What exactly it must do</h2>${list(names.filter((name) => name.startsWith('spec/')))}`;
  return { title: 'The pages', contents: [], about: '', html };
}

const withoutLinks = (html: string): string => html.replaceAll(/<\/?a\b[^>]*>/g, '');

const lost = (title: string, text: string): RenderedPage => ({
  ...{ title, contents: [], about: '' },
  html: `<h1>${escaped(title)}</h1><p>${text}</p>`,
});
const NO_SUCH_PAGE = lost('There is no such page', 'All that there are: <a href="/docs/index">the index</a>.');
const NO_PAGES = lost(
  'This installation has no pages',
  'Its folder <code>docs</code> is not there. The pages are in the repository of Flowplane; <a href="/docs">the API document</a> is here.',
);
