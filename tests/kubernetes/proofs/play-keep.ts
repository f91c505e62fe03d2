import { createServer } from 'node:net';
import { decodeEvent, type HoldEvent } from '../../../src/keeper/hold/hold-events.ts';
import { listenForHolds } from '../../../src/keeper/hold/hold-line.ts';
import type { HoldOrder } from '../../../src/wire/pod/pod.ts';

// `keep` in small: gives the order of its variable ORDER to the hold of each step and prints what that reports.

const print = (value: unknown) =>
  process.stdout.write(`${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? Number(each) : each))}\n`);
const order: HoldOrder = JSON.parse(process.env.ORDER ?? '');
const newest = new Map<string, bigint>();
const running = new Set(process.env.STEPS?.split(' '));

// An agent would dial this port.
createServer((socket) => socket.end(`${Date.now()}\n`)).listen(9443);

await listenForHolds({
  directory: '/line',
  nonce: process.env.NONCE ?? '',
  newestOf: (step) => newest.get(step) ?? 0n,
  onTrouble: (error) => print({ trouble: String(error) }),
  onHello(hello, hold) {
    print({ step: hello.step, hello: hello.state });
    if (hello.state === 'waiting') hold.order(order);
    hold.go();
  },
  async onEvent(step, { kind, number, body }) {
    const event = decodeEvent(kind, body);
    newest.set(step, number);
    print({ step, ...summaryOf(event) });
    if (event.kind === 'exited' || event.kind === 'failed') running.delete(step);
    if (running.size === 0) setTimeout(() => process.exit(0), 200);
  },
});
function summaryOf(event: HoldEvent): object {
  if (event.kind === 'output') return { [event.stream]: event.data.toString() };
  if (event.kind === 'users') return { users: event.passwd.length > 0 };
  return event.kind === 'exited' ? { ...event, counters: Object.fromEntries(event.counters) } : event;
}

// The pod is deleted: what runs is waited for, as keep does.
process.on('SIGTERM', () => print({ received: 'SIGTERM' }));
