import { createServer } from 'node:net';
import { forwardPorts } from '../../../src/runtimes/network/forward-ports.ts';
import { listenInNamespace } from '../../../src/runtimes/network/listen-in-namespace.ts';
import { findNetworkTools } from '../../../src/runtimes/network/network-tools.ts';
import { createOwnNamespaces } from '../../../src/runtimes/network/own-namespaces.ts';
import { createOwners } from '../../../src/support/processes/owners.ts';

// An agent in small, to be killed: two namespaces, one of them claimed by an execution, with a server and a port in it.
const [directory = '', executionId = '', hostPort = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const timeoutMs = 30_000;
const tools = await findNetworkTools('');
const owners = createOwners(`${directory}-owners`);
const namespaces = createOwnNamespaces({ directory, owners, tools: async () => tools, timeoutMs });
const claimed = await namespaces.make(signal);
const ready = await namespaces.make(signal);
await claimed.claim(executionId);
await listenInNamespace({ tools, netns: claimed.path, port: 9000, timeoutMs, signal });
const ports = [{ container: 8000, host: Number(hostPort) }];
await forwardPorts({ tools, netns: claimed.path, ports, maxConnections: 16, timeoutMs, signal });
createServer().listen(0);
process.stdout.write(`${JSON.stringify({ claimed: claimed.id, ready: ready.id })}\n`);
