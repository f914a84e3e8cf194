import { posix } from 'node:path';
import { marked, Renderer, type Token, type Tokens } from 'marked';

/** A page of `docs/`, rendered. */
export type RenderedPage = {
  /** Of its first heading, as HTML. */
  readonly title: string;
  readonly html: string;
  /** Its second-level headings. */
  readonly contents: readonly { readonly id: string; readonly title: string }[];
  /** The sentence that it begins with, as HTML. */
  readonly about: string;
};

/**
 * A page as HTML, without anything that a browser would run. Links between pages lead to where they are served; what is in
 * the repository only is no link.
 *
 * @param page its name, such as `language` or `spec/tasks`
 * @param served names of all pages that are served
 */
export function renderPage(markdown: string, page: string, served: ReadonlySet<string>): RenderedPage {
  const tokens = marked.lexer(markdown);
  const renderer = new PageRenderer(page, served);
  const html = marked.parser(tokens, { renderer });
  const inline = (list: readonly Token[]): string => marked.Parser.parseInline([...list], { renderer });
  const first = tokens.find((token): token is Tokens.Paragraph => token.type === 'paragraph');
  const sentence = /^[\s\S]{20,}?[.:](?=\s|$)/.exec(first?.text ?? '')?.[0] ?? '';
  return {
    title: renderer.headings.find(({ depth }) => depth === 1)?.title ?? escaped(page),
    contents: renderer.headings.filter(({ depth }) => depth === 2),
    about: inline(
      marked.lexer(sentence.replace(/:$/, '.')).flatMap((token) => ('tokens' in token ? (token.tokens ?? []) : [])),
    ),
    html,
  };
}

class PageRenderer extends Renderer {
  readonly headings: { readonly depth: number; readonly id: string; readonly title: string }[] = [];

  constructor(
    readonly page: string,
    readonly served: ReadonlySet<string>,
  ) {
    super();
  }

  override heading({ tokens, depth, text }: Tokens.Heading): string {
    const title = this.parser.parseInline(tokens);
    const base = anchorOf(text);
    const same = this.headings.filter(({ id }) => id === base || id.replace(/-\d+$/, '') === base).length;
    const id = same === 0 ? base : `${base}-${same}`;
    this.headings.push({ depth, id, title });
    return `<h${depth} id="${id}">${title}</h${depth}>\n`;
  }

  override link({ href, tokens }: Tokens.Link): string {
    const text = this.parser.parseInline(tokens);
    if (/^https?:\/\//.test(href)) return `<a href="${escaped(href)}" rel="noreferrer">${text}</a>`;
    if (href.startsWith('#')) return `<a href="${escaped(href)}">${text}</a>`;
    const [path = '', fragment] = href.split('#', 2);
    const target = posix.join('docs', posix.dirname(this.page), path);
    const name = /^docs\/(.+)\.md$/.exec(target)?.[1];
    if (name === undefined || !this.served.has(name))
      return `<span class="elsewhere" title="In the repository: ${escaped(target)}">${text}</span>`;
    return `<a href="/docs/${name}${fragment === undefined ? '' : `#${escaped(fragment)}`}">${text}</a>`;
  }

  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return escaped(text);
  }

  override image({ text }: Tokens.Image): string {
    return escaped(text);
  }

  // What is wider than a phone is scrolled by itself, with keys too.
  override table(token: Tokens.Table): string {
    return `<div class="wide" tabindex="0">${super.table(token)}</div>\n`;
  }

  override code({ text }: Tokens.Code): string {
    return `<pre tabindex="0"><code>${escaped(text)}\n</code></pre>\n`;
  }
}

/** As GitHub names the anchors of headings, by which pages link to each other. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (one) => ENTITIES[one] ?? one);
