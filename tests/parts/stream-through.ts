import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { createServiceProxy } from '../../src/proxy/create-service-proxy.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';

// A process of its own, so that what it takes is the proxy's: streams an answer through to a client that reads slowly
// enough to be waited for, and tells by how much its memory grew.
const total = Number(process.argv[2]);
const piece = Buffer.alloc(64 * 1024, 'x');
const sampleMs = 20;

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const upstream = createHttpServer(async (_, response) => {
  for (let sent = 0; sent < total; sent += piece.length) if (!response.write(piece)) await once(response, 'drain');
  response.end();
});
const url = `http://127.0.0.1:${await listen(upstream)}`;
const services = [{ kind: 'http' as const, name: 'data', target: { url } }];
const proxy = createServiceProxy({ services, logger: createSilentLogger() });
const session = proxy.open({ executionId: 'one', tenant: 'default', services: ['data'], budgets: {} });
const port = await listen(createServer((socket) => session.handle(socket)));

const before = process.memoryUsage.rss();
let peak = before;
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, sampleMs);
const client = connect(port, '127.0.0.1');
client.write('GET /data/large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
let received = 0;
client.on('data', (data) => {
  received += data.length;
  client.pause();
  setImmediate(() => client.resume());
});
await once(client, 'close');
clearInterval(sampling);
process.stdout.write(JSON.stringify({ received, grownBytes: peak - before }));
process.exit();
