import { connect, type Socket } from 'node:net';

/** A hold that reports what a test says, and notes the kinds of what it is sent. */
export class FakeHold {
  readonly received: string[] = [];
  readonly #socket: Socket;
  #number = 0n;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (chunk) => this.received.push(chunk.toString('latin1', 0, 1)));
    this.#send('H', 0n, Buffer.from('w\0\0\0\0\0\0\0\0step-0\0nonce'));
  }

  report(kind: string, body = Buffer.alloc(0)): void {
    this.#number += 1n;
    this.#send(kind, this.#number, body);
  }

  write(stream: '1' | '2', data: string): void {
    this.report(stream, Buffer.concat([Buffer.alloc(8), Buffer.from(data)]));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(kind: string, number: bigint, body: Buffer): void {
    const header = Buffer.alloc(16);
    header.write(kind, 'latin1');
    header.writeUInt32LE(body.length, 4);
    header.writeBigUInt64LE(number, 8);
    this.#socket.write(Buffer.concat([header, body]));
  }
}
