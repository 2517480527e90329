import { createServer } from 'node:http';
import { answer } from '../sample.ts';

// The least that Node can do for a kept result: node:http that reads the event and answers a constant. bare-kept.ts PORT
const headers = { 'content-type': 'application/json', 'content-length': answer.length };

createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, headers).end(answer));
}).listen(Number(process.argv[2]), '127.0.0.1');
