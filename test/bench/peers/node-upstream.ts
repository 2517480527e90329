import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { answer, functionsPath } from '../sample.ts';

// Where there is no nginx: what upstream.conf does, in Node. node-upstream.ts PORT FOLDER, where the folder has the large answers.
const [port, folder] = process.argv.slice(2) as [string, string];
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const large = new Map(files.map((file) => [file.replace('.json', ''), readFileSync(join(folder, file))]));
const headers = {
  'Content-Type': 'application/json',
  'X-Cff-Invoke-Summary': '{"duration":1.913,"billingDuration":100,"memorySize":128,"memoryUsed":41.51171875}',
  'X-Cff-Request-Id': '1cbe80f3-3c65-475e-ad88-76ac518d386c',
};

createServer((request, response) => {
  request.resume().once('end', () => {
    const url = request.url!;
    if (!url.startsWith(functionsPath)) {
      response.writeHead(404).end();
      return;
    }
    const body = large.get(url.split(':').at(-2)!) ?? answer;
    response.writeHead(200, { ...headers, 'Content-Length': body.length }).end(body);
  });
}).listen(Number(port), '127.0.0.1');
