import type { RenderedPage } from './render-page.js';

/** Headings from which on a page has a list of them. */
const MANY_HEADINGS = 4;

const withoutTags = (html: string): string => html.replaceAll(/<[^>]*>/g, '');

/** A whole page, with ways to the others. */
export function pageFrame({ title, html, contents }: RenderedPage): string {
  const links = contents.map((one) => `<li><a href="#${one.id}">${withoutTags(one.title)}</a></li>`);
  const list =
    links.length < MANY_HEADINGS
      ? ''
      : `<nav class="contents" aria-label="On this page"><details><summary>On this page</summary><ul>${links.join('\n')}</ul></details></nav>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>${withoutTags(title)} · Flowplane</title>
<link rel="icon" href="data:," />
<link rel="stylesheet" href="/docs/pages.css" />
</head>
<body>
<header class="bar"><nav aria-label="Flowplane"><a class="brand" href="/docs/index">Flowplane</a>
<a href="/docs/language">Language</a> <a href="/docs/cookbook">Cookbook</a> <a href="/docs">API</a> <a href="/ui/">Console</a></nav></header>
<main>
${list}
${html}
</main>
</body>
</html>
`;
}

export const PAGES_STYLE = `:root {
  color-scheme: light dark;
  --bg: light-dark(#f5f6f9, #11151c);
  --panel: light-dark(#fff, #191f29);
  --line: light-dark(#d9dee8, #2d3644);
  --text: light-dark(#1a2230, #e5eaf3);
  --soft: light-dark(#58627a, #9aa5bb);
  --accent: light-dark(#3450c8, #93a9ff);
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--bg);
  color: var(--text);
  font: 16px/1.6 system-ui, sans-serif;
  overflow-wrap: break-word;
}
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.bar { background: var(--panel); border-bottom: 1px solid var(--line); padding: 10px 16px; }
.bar nav { max-width: 860px; margin: 0 auto; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
.brand { font-weight: 700; color: var(--text); text-decoration: none; margin-right: auto; }
main { max-width: 892px; margin: 0 auto; padding: 8px 16px 64px; }
h1 { font-size: 28px; line-height: 1.25; margin: 24px 0 12px; }
h2 { font-size: 21px; line-height: 1.3; margin: 36px 0 8px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h3 { font-size: 17px; margin: 26px 0 6px; }
h1, h2, h3, h4 { scroll-margin-top: 12px; }
code, pre { font-family: ui-monospace, monospace; font-size: 14px; }
:not(pre) > code {
  padding: 1px 4px;
  border-radius: 4px;
  background: color-mix(in srgb, var(--text) 8%, transparent);
  overflow-wrap: anywhere;
}
pre {
  padding: 12px 14px;
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 8px;
  overflow-x: auto;
  line-height: 1.5;
}
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); margin: 12px 0; }
table { border-collapse: collapse; width: 100%; font-size: 15px; line-height: 1.45; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px; border-bottom: 1px solid var(--line); min-width: 90px; }
th { color: var(--soft); }
td:first-child code { white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
.soft, .elsewhere { color: var(--soft); }
.elsewhere { text-decoration: underline dotted; }
.pages { list-style: none; padding: 0; }
.pages li { padding: 6px 0; border-bottom: 1px solid var(--line); }
.pages a { font-weight: 600; }
.contents { margin: 16px 0; }
.contents summary { cursor: pointer; color: var(--soft); }
@media (max-width: 600px) {
  h1 { font-size: 24px; }
  body { font-size: 15px; }
  .bar nav { gap: 4px 11px; font-size: 14px; }
}
`;
