import { html } from 'hono/html';
import type { Assets } from './assets.ts';
import { clockText } from './figures.ts';

export type Html = ReturnType<typeof html>;

export const pages = { functions: '/console', consumers: '/console/consumers', configuration: '/console/configuration' } as const;
export type PageName = keyof typeof pages;

const titles: Readonly<Record<PageName, string>> = { functions: 'Functions', consumers: 'Consumers', configuration: 'Configuration' };

export interface Shell {
  readonly title: string;
  /** The entry of the navigation; undefined: there is none, nobody has entered yet. */
  readonly page: PageName | undefined;
  /** The module that brings it to life. */
  readonly script?: string;
  /** What it listens to: the query of `/console/events`. */
  readonly events?: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly generation: number;
  /** There is a session to end. */
  readonly signedIn: boolean;
}

/** What every page of the console stands in. */
export function shell(assets: Assets, { title, page, script, events, atMs, generation, signedIn }: Shell, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Runway</title>
<link rel="icon" href="${assets.pathOf('mark.svg')}">
<link rel="stylesheet" href="${assets.pathOf('uPlot.min.css')}">
<link rel="stylesheet" href="${assets.pathOf('console.css')}">
${script === undefined ? '' : html`<script type="module" src="${assets.pathOf(script)}"></script>`}
</head>
<body${events === undefined ? '' : html` data-events="/console/events?${new URLSearchParams(events).toString()}"`} data-generation="${generation}">
<a class="skip" href="#main">Skip to content</a>
<header class="bar">
  <div class="bar-inner">
    <a class="mark" href="/console" aria-label="Runway, home">${mark}Runway</a>
    ${page === undefined ? '' : navigation(page)}
    ${
      events === undefined
        ? ''
        : html`<p class="connection" data-connection="still">
      <span class="connection-mark" aria-hidden="true"></span><span id="connection" role="status">Not live</span>
      <time id="sampled" title="Time of the last sample, UTC">${clockText(atMs)}</time></p>`
    }
    ${
      signedIn
        ? html`<form class="sign-out" method="post" action="/console/sign-out"><button class="button quiet small">Sign out</button></form>`
        : ''
    }
  </div>
</header>
<main id="main" tabindex="-1">
<p class="notice" id="newer" hidden>Another configuration is in force since this page was loaded. <a href="">Load it anew</a></p>
${content}
</main>
</body>
</html>`;
}

/** A runway, as a pilot sees it. */
const mark = html`<svg width="20" height="20" viewBox="0 0 20 20" fill="currentColor" aria-hidden="true"><path d="M7.2 1h1.6L5 19H1.4zM11.2 1h1.6l5.8 18H15zM9.4 3h1.2v3H9.4zM9.2 8.5h1.6V12H9.2zM9 14.5h2V19H9z"/></svg>`;

function navigation(current: PageName): Html {
  return html`<nav aria-label="Console"><ul>${Object.entries(pages).map(
    ([name, path]) => html`<li><a href="${path}"${name === current ? html` aria-current="page"` : ''}>${titles[name as PageName]}</a></li>`,
  )}</ul></nav>`;
}
