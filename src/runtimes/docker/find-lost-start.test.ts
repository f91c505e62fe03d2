import { describe, expect, test } from 'vitest';
import { judgeLooks } from './find-lost-start.ts';
import type { StartLook } from './look-at-start.ts';

const back = 10_000;
const shim = { pid: 2, command: 'containerd-shim-runc-v2 -id c' };
const nothing: StartLook = { at: back - 500, inside: [], shims: [], others: [], seesEngine: true, task: 'not seen' };
const held: StartLook = { ...nothing, shims: [shim], task: 'none' };
const prepared: StartLook = { ...held, inside: [{ pid: 3, command: '/usr/sbin/runc init' }], task: 'waits' };
const now: StartLook = { ...nothing, at: back + 500 };

describe('a start that left no trace when its engine was lost', () => {
  test('never ran when the container still waits for it, or is still held and was never begun', () => {
    for (const look of [prepared, held]) {
      expect(judgeLooks([held], { ...look, at: now.at }, undefined)).toBe('dropped');
      expect(judgeLooks([], { ...look, at: now.at }, back)).toBe('dropped');
    }
  });

  test('can be tried again where the engine may never have been away', () => {
    expect(judgeLooks([], { ...prepared, at: now.at }, undefined)).toBe('not started');
    expect(judgeLooks([], { ...held, at: now.at }, undefined)).toBe('unknown');
  });

  test('may have run when anything was seen of it that ran, or was begun', () => {
    const running = { ...held, inside: [{ pid: 3, command: 'sleep 1' }] };
    const begun: StartLook = { ...held, task: 'begun' };
    for (const look of [running, begun]) {
      expect(judgeLooks([nothing, look], now, back)).toBe('unknown');
      expect(judgeLooks([nothing], { ...look, at: now.at }, back)).toBe('unknown');
      expect(judgeLooks([], { ...look, at: now.at }, back)).toBe('unknown');
    }
  });

  test('never ran when nobody was left to begin it while the engine was away', () => {
    expect(judgeLooks([nothing], now, back)).toBe('dropped');
    expect(judgeLooks([held, { ...held, at: back - 100 }], now, back)).toBe('dropped');
    expect(judgeLooks([held, prepared], now, back)).toBe('dropped');
  });

  test('may have run when that was not seen, or not in time', () => {
    expect(judgeLooks([], now, back)).toBe('unknown');
    expect(judgeLooks([nothing], now, undefined)).toBe('unknown');
    expect(judgeLooks([{ ...nothing, at: back + 1 }], now, back)).toBe('unknown');
    expect(judgeLooks([nothing], { ...now, seesEngine: false }, back)).toBe('unknown');
    expect(judgeLooks([held, nothing], now, back)).toBe('unknown');
    expect(judgeLooks([{ ...held, task: 'not seen' }], now, back)).toBe('unknown');
  });

  test('may have run when somebody was still at it', () => {
    const others = [{ pid: 4, command: 'runc start c' }];
    expect(judgeLooks([{ ...nothing, others }], now, back)).toBe('unknown');
    expect(judgeLooks([{ ...held, others }], now, back)).toBe('unknown');
    expect(judgeLooks([], { ...held, at: now.at, others }, back)).toBe('unknown');
  });
});
