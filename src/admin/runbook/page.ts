import { html, raw } from 'hono/html';
import { Marked, type Token } from 'marked';

interface Heading {
  readonly depth: number;
  readonly text: string;
}

/**
 * A page of our own documentation as HTML: headings with the anchors that GitHub gives them, and a table of contents of those of the second and
 * third level. Links to other pages lose their way out of the repository and stay as text.
 */
export function pageOf(markdown: string): ReturnType<typeof html> {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${slugOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const content = this.parser.parseInline(tokens);
        return href.startsWith('#') ? `<a href="${href}">${content}</a>` : content;
      },
    },
  });
  const tokens = marked.lexer(markdown);
  const headings = tokens.filter(isHeading);
  const title = headings.find(({ depth }) => depth === 1)?.text ?? '';
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Runway</title>
<link rel="stylesheet" href="/runbook/page.css">
</head>
<body>
<nav aria-label="Contents">
<ul>
${headings.filter(({ depth }) => depth > 1).map(({ depth, text }) => html`<li class="depth-${depth}"><a href="#${slugOf(text)}">${text}</a></li>\n`)}</ul>
</nav>
<main>
${raw(marked.parser(tokens))}
</main>
</body>
</html>`;
}

function isHeading(token: Token): token is Token & Heading {
  return token.type === 'heading';
}

/** As GitHub makes anchors: letters, digits, `_` and `-` stay, and each space is a `-`. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}
