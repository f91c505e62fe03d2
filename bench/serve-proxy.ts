import { once } from 'node:events';
import { createServer } from 'node:net';
import { createServiceProxy } from '../src/proxy/create-service-proxy.ts';
import { createSilentLogger } from '../src/telemetry/log.ts';

// The service proxy in a process of its own, as nginx is, in front of the URL that it is given.
const [url = ''] = process.argv.slice(2);
const target = { url, credentials: [{ header: 'Authorization', value: 'Bearer secret' }] };
const proxy = createServiceProxy({ services: [{ kind: 'http', name: 'data', target }], logger: createSilentLogger() });
const session = proxy.open({ executionId: 'bench', tenant: 'default', services: ['data'], budgets: {} });
const server = createServer((socket) => session.handle(socket));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
