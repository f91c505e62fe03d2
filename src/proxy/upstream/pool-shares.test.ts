import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPoolShares, type PoolShare } from './pool-shares.ts';

const connections = 16;
const open = () => createPoolShares(connections, 64);

/** Takes as many as the execution may have. */
function takeAll(shares: ReturnType<typeof open>, executionId: string, tenant: string): PoolShare {
  const share = shares.of({ executionId, tenant });
  while (shares.mayTake(share)) shares.take(share);
  return share;
}

describe('pool shares', () => {
  test('an execution whose calls do not end holds half of the connections, the next one half of the rest', () => {
    const shares = open();
    expect(takeAll(shares, 'a', 't').held).toBe(8);
    expect(takeAll(shares, 'b', 't').held).toBe(4);
  });

  test('an execution that is alone holds all of them once its calls end', () => {
    const shares = open();
    const share = takeAll(shares, 'a', 't');
    for (let call = 0; call < 8; call += 1) {
      shares.give(share);
      while (shares.mayTake(share)) shares.take(share);
    }
    expect(share.held).toBe(connections);
  });

  test('an execution that comes later does not wait for what another one has borrowed', () => {
    const shares = open();
    const lone = takeAll(shares, 'a', 't');
    for (let call = 0; call < 8; call += 1) {
      shares.give(lone);
      while (shares.mayTake(lone)) shares.take(lone);
    }
    for (const [executionId, tenant] of [
      ['b', 't'],
      ['c', 'u'],
    ] as const) {
      const share = shares.of({ executionId, tenant });
      expect(shares.mayTake(share)).toBe(true);
      shares.take(share);
    }
    // It borrows no more, and what it gives back is what it had borrowed.
    shares.give(lone);
    expect(shares.mayTake(lone)).toBe(false);
  });

  test('many executions of one tenant leave connections and places to another tenant', () => {
    const shares = open();
    for (let index = 0; index < 100; index += 1) takeAll(shares, `a${index}`, 't');
    expect(takeAll(shares, 'b', 'u').held).toBeGreaterThan(0);
    for (let index = 0; index < 100; index += 1) {
      const share = shares.of({ executionId: `a${index}`, tenant: 't' });
      while (shares.mayWait(share)) shares.wait(share);
    }
    expect(shares.mayWait(shares.of({ executionId: 'c', tenant: 'v' }))).toBe(true);
  });

  test('next: comes from the tenant that holds the fewest', () => {
    const shares = createPoolShares(4, 64);
    const [first, second] = [
      shares.of({ executionId: 'a', tenant: 't' }),
      shares.of({ executionId: 'b', tenant: 'u' }),
    ];
    shares.take(first);
    const third = shares.of({ executionId: 'c', tenant: 't' });
    for (const share of [third, second]) shares.wait(share);
    expect(shares.next()).toBe(second);
  });

  test('for any load of one tenant, a new execution of another one may take a connection, and nothing is left when all ends', () => {
    const steps = fc.array(fc.record({ execution: fc.nat(5), takes: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (taken) => {
        const shares = open();
        const held: PoolShare[] = [];
        for (const { execution, takes } of taken) {
          const share = shares.of({ executionId: `e${execution}`, tenant: 't' });
          if (!takes && share.held > 0) {
            shares.give(share);
            held.splice(held.indexOf(share), 1);
          } else if (takes && shares.mayTake(share)) {
            shares.take(share);
            held.push(share);
          }
          expect(held.length).toBeLessThanOrEqual(shares.limit());
          expect(shares.limit()).toBeLessThanOrEqual(connections * 1.5);
          expect(shares.mayTake(shares.of({ executionId: 'new', tenant: 'u' }))).toBe(true);
        }
        for (const share of held) shares.give(share);
        expect(shares.limit()).toBe(connections);
      }),
    );
  });
});
