import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

const sliceRows = 1_000;

/** `{…rest, [name]: rows}` as JSON: many rows, in slices between which others have their turn. */
export async function* slicedJson(rest: object, name: string, rows: readonly object[]): AsyncGenerator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(name)}:[`;
  for (let at = 0; at < rows.length; at += sliceRows) {
    const slice = JSON.stringify(rows.slice(at, at + sliceRows));
    yield `${at === 0 ? '' : ','}${slice.slice(1, -1)}`;
    await turnOfTheLoop();
  }
  yield ']}';
}

/** Sent as it is made. */
export function sliced(text: AsyncGenerator<string>, headers: Record<string, string>): Response {
  return new Response(ReadableStream.from(text).pipeThrough(new TextEncoderStream()), { headers });
}
