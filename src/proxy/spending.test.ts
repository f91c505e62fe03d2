import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMeter, type Ticket } from './spending.ts';

const expectedPerCall = 1024;
const ended = { bytesIn: 0, bytesOut: 0, failed: false };

/** Calls of one execution, each with what it takes at most. */
function playCalls(maxTokens: number) {
  const meter = createMeter('ai', { tokens: maxTokens });
  const running = new Map<Ticket, number>();
  const [admitted, begun]: [Ticket[], number[]] = [[], []];
  let [waiting, refused, worst] = [0, 0, 0];
  const spent = () => meter.spending().tokens;
  const reserved = () => [...running.values()].reduce((sum, most) => sum + most, 0);

  const begin = (): void => {
    const result = meter.admit(expectedPerCall, () => {
      waiting -= 1;
      begin();
    });
    if (result === 'later') waiting += 1;
    else if ('code' in result) refused += 1;
    else admitted.push(result);
  };
  /** The body has come, and says what the call takes at most. */
  const send = (ticket: Ticket, most: number): void => {
    waiting += 1;
    const go = () => {
      waiting -= 1;
      expect(spent() + reserved()).toBeLessThan(maxTokens);
      running.set(ticket, most);
      begun.push(most);
      worst = Math.max(worst, spent() + reserved());
    };
    ticket.reserve(most, go, () => {
      waiting -= 1;
      refused += 1;
      ticket.end(ended);
    });
  };
  const end = (ticket: Ticket, most: number, share: number): void => {
    ticket.tokens(Math.round(most * share));
    running.delete(ticket);
    ticket.end(ended);
  };
  return { begin, send, end, admitted, running, begun, spent, counts: () => ({ waiting, refused, worst }) };
}

const most = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant(100_000));
const step = fc.record({
  kind: fc.constantFrom('begin', 'begin', 'send', 'end'),
  which: fc.nat(20),
  most,
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('budget of tokens: calls at once exceed it by the maximum of one call at most, and none waits for ever', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.array(step, { maxLength: 120 }), (budget, steps) => {
      const calls = playCalls(budget);
      let number = 0;
      for (const { kind, which, most, share } of steps) {
        const ticket = calls.admitted[which % Math.max(1, calls.admitted.length)];
        const [run] = [...calls.running].slice(which % Math.max(1, calls.running.size));
        if (kind === 'begin') {
          calls.begin();
          number += 1;
        } else if (kind === 'send' && ticket !== undefined) {
          calls.admitted.splice(calls.admitted.indexOf(ticket), 1);
          calls.send(ticket, most);
        } else if (kind === 'end' && run !== undefined) calls.end(...run, share);
      }
      while (calls.running.size + calls.admitted.length > 0) {
        for (const ticket of calls.admitted.splice(0)) calls.send(ticket, 10);
        for (const run of [...calls.running]) calls.end(...run, 1);
      }
      const { waiting, refused, worst } = calls.counts();
      expect(waiting).toBe(0);
      expect(calls.begun.length + refused).toBe(number);
      expect(worst).toBeLessThan(budget + Math.max(1, ...calls.begun));
      expect(calls.spent()).toBeLessThan(budget + Math.max(1, ...calls.begun));
    }),
    { numRuns: 2000 },
  );
});

test('budget of tokens: a call that is over while it waits is not sent', () => {
  const meter = createMeter('ai', { tokens: 2000 });
  const [first, second] = [meter.admit(10, () => undefined), meter.admit(10, () => undefined)];
  if (first === 'later' || second === 'later' || 'code' in first || 'code' in second) return expect.unreachable();
  let sent = 0;
  const count = () => {
    sent += 1;
  };
  first.reserve(5000, count, () => expect.unreachable());
  second.reserve(5000, count, () => expect.unreachable());
  second.end(ended);
  first.end(ended);
  expect(sent).toBe(1);
});
