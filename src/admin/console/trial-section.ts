import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** A call by hand: the form, and where its answer is shown. */
export function trialSection(name: string, explains: boolean): Html {
  return html`<section class="trial" aria-labelledby="trial-title"><h2 id="trial-title">Try it</h2>
<noscript><p class="empty">Calling it from here needs JavaScript.</p></noscript>
<form id="trial" data-name="${name}" autocomplete="off">
  <label for="event">Event, as JSON</label>
  <textarea class="input code" id="event" name="event" rows="6" spellcheck="false" aria-describedby="event-flaw">{}</textarea>
  <p class="flaw" id="event-flaw" role="status"></p>
  <label for="key">API key <span class="optional">if consumers have them; it is sent on and not kept</span></label>
  <input class="input" id="key" name="key" type="password" autocomplete="off" spellcheck="false">
  <label class="check"><input type="checkbox" id="log" name="log" checked> Ask for its log <span class="optional">such a call is never answered from what is kept</span></label>
  <div class="buttons">
    <button class="button primary" id="call">Call ${name}</button>
    <p class="outcome" id="trial-outcome" role="status"></p>
  </div>
  ${
    explains
      ? html`<label for="consumer">Or explain it <span class="optional">what would become of this call, and why; nothing is called</span></label>
  <div class="explain"><input class="input" id="consumer" name="consumer" value="anonymous" maxlength="63" spellcheck="false" aria-label="As consumer"><button class="button" type="button" id="explain">Explain</button></div>`
      : ''
  }
</form>
<section id="answer" aria-labelledby="answer-title" tabindex="-1" hidden>
  <h3 id="answer-title">Answer</h3>
  <p class="verdict"><span id="answer-status"></span> <span id="answer-took"></span></p>
  <div id="answer-timing" class="timing"></div>
  <h4>Body <span class="optional" id="answer-size"></span></h4><pre class="code" id="answer-body" tabindex="0"></pre>
  <div id="answer-log-part"><h4>Log</h4><pre class="code" id="answer-log" tabindex="0"></pre></div>
  <h4>Headers</h4><dl class="facts code" id="answer-headers"></dl>
</section>
${
  explains
    ? html`<section id="explanation" aria-labelledby="explanation-title" tabindex="-1" hidden><h3 id="explanation-title">What the gateway decides</h3><p id="explanation-verdict"></p><ol id="explanation-parts"></ol></section>`
    : ''
}
</section>`;
}
