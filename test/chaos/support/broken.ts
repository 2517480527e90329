import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Breakage } from './behaviour.ts';

/** The places at which a connection may be cut once the request was read, in turn: each of them leaves it open whether it ran. */
const leftovers = ['', 'HTTP/1.1 2', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le'];
let cuts = 0;

export function cut(socket: Socket): void {
  const turn = cuts++;
  const leftover = leftovers[turn % leftovers.length]!;
  if (leftover !== '') socket.write(leftover);
  // Some ends are polite, some are resets.
  if (turn % 2 === 0) socket.end(() => socket.destroy());
  else socket.resetAndDestroy();
}

/** Writes what is no answer to a connection. */
export const breakages: Readonly<Record<Breakage, (socket: Socket) => void>> = {
  body_cut: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":'),
  garbage: (socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n\0\u0001\u0002\r\n\r\n'),
  huge(socket) {
    const chunk = Buffer.alloc(2 ** 20, 0x20);
    let left = 100;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const more = () => {
      while (left-- > 0 && !socket.destroyed) {
        socket.write(`${chunk.length.toString(16)}\r\n`);
        socket.write(chunk);
        if (!socket.write('\r\n')) {
          socket.once('drain', more);
          return;
        }
      }
      socket.end('0\r\n\r\n');
    };
    more();
  },
  gzip_bomb(socket) {
    const bomb = gzipBomb();
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
};

let madeBomb: Buffer | undefined;

/** 1 GB of spaces in 1 MB: gzip members one after the other are one gzip stream (RFC 1952 section 2.2). */
function gzipBomb(): Buffer {
  madeBomb ??= Buffer.concat(Array(1024).fill(gzipSync(Buffer.alloc(2 ** 20, 0x20), { level: 9 })));
  return madeBomb;
}
