import { createServer } from 'node:http';
import { Pool } from 'undici';

// The least that Node can do: node:http and undici's dispatch, nothing else. bare.ts PORT ORIGIN PATH
// The event is read whole and the answer is written at once when it is whole, as by whoever looks at both.
const [port, origin, path] = process.argv.slice(2) as [string, string, string];
const pool = new Pool(origin, { connections: 256, pipelining: 1 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const answered: Buffer[] = [];
    let status = 0;
    let type = '';
    pool.dispatch(
      { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: whole(chunks) },
      {
        onRequestStart() {},
        onResponseStart(_, statusCode, headers) {
          status = statusCode;
          type = String(headers['content-type']);
        },
        onResponseData(_, chunk) {
          answered.push(chunk);
        },
        onResponseEnd() {
          const body = whole(answered);
          response.writeHead(status, { 'content-type': type, 'content-length': body.length });
          response.end(body);
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
}).listen(Number(port), '127.0.0.1');

function whole(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
