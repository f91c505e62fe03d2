// Moves an object of a size that nobody knows before, and prints how much memory that took.
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { openStore } from './open-s3.ts';

const [endpoint = '', accessKey = '', secretKey = '', bucket = '', bytes = '0'] = process.argv.slice(2);
const signal = new AbortController().signal;
const store = openStore({ endpoint, accessKey, secretKey }, { defaultBucket: bucket });
const block = randomBytes(64 * 1024);
const [sent, received] = [createHash('sha256'), createHash('sha256')];

// The first object loads the SDK and connects.
await store.put({ name: 'first' }, Readable.from([block]), signal);
const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 20);

async function* blocks() {
  for (let left = Number(bytes); left > 0; left -= block.length) {
    block.writeUInt32LE(left / block.length);
    // Copied, since a stream may hand on what it was given later.
    const chunk = Buffer.from(block);
    sent.update(chunk);
    yield chunk;
  }
}

const { size } = await store.put({ name: 'large' }, Readable.from(blocks()), signal);
const { body } = await store.get({ name: 'large' }, signal);
for await (const chunk of body) received.update(chunk);
clearInterval(watch);
process.stdout.write(JSON.stringify({ size, isSame: sent.digest('hex') === received.digest('hex'), before, peak }));
