import { describe, expect, test } from 'vitest';
import { classifyObservations } from './find-lost-start.ts';
import type { StartObservation } from './observe-start.ts';

const back = 10_000;
const shim = { pid: 2, command: 'containerd-shim-runc-v2 -id c' };
const nothing: StartObservation = {
  at: back - 500,
  inside: [],
  shims: [],
  others: [],
  seesEngine: true,
  task: 'not seen',
};
const held: StartObservation = { ...nothing, shims: [shim], task: 'none' };
const prepared: StartObservation = { ...held, inside: [{ pid: 3, command: '/usr/sbin/runc init' }], task: 'waits' };
const now: StartObservation = { ...nothing, at: back + 500 };

describe('a start that left no trace when its engine was lost', () => {
  test('never ran when the container still waits for it, or is still held and was never begun', () => {
    for (const look of [prepared, held]) {
      expect(classifyObservations([held], { ...look, at: now.at }, undefined)).toBe('dropped');
      expect(classifyObservations([], { ...look, at: now.at }, back)).toBe('dropped');
    }
  });

  test('can be tried again where the engine may never have been away', () => {
    expect(classifyObservations([], { ...prepared, at: now.at }, undefined)).toBe('not started');
    expect(classifyObservations([], { ...held, at: now.at }, undefined)).toBe('unknown');
  });

  test('may have run when anything was seen of it that ran, or was begun', () => {
    const running = { ...held, inside: [{ pid: 3, command: 'sleep 1' }] };
    const begun: StartObservation = { ...held, task: 'begun' };
    for (const look of [running, begun]) {
      expect(classifyObservations([nothing, look], now, back)).toBe('unknown');
      expect(classifyObservations([nothing], { ...look, at: now.at }, back)).toBe('unknown');
      expect(classifyObservations([], { ...look, at: now.at }, back)).toBe('unknown');
    }
  });

  test('never ran when nobody was left to begin it while the engine was away', () => {
    expect(classifyObservations([nothing], now, back)).toBe('dropped');
    expect(classifyObservations([held, { ...held, at: back - 100 }], now, back)).toBe('dropped');
    expect(classifyObservations([held, prepared], now, back)).toBe('dropped');
  });

  test('may have run when that was not seen, or not in time', () => {
    expect(classifyObservations([], now, back)).toBe('unknown');
    expect(classifyObservations([nothing], now, undefined)).toBe('unknown');
    expect(classifyObservations([{ ...nothing, at: back + 1 }], now, back)).toBe('unknown');
    expect(classifyObservations([nothing], { ...now, seesEngine: false }, back)).toBe('unknown');
    expect(classifyObservations([held, nothing], now, back)).toBe('unknown');
    expect(classifyObservations([{ ...held, task: 'not seen' }], now, back)).toBe('unknown');
  });

  test('may have run when somebody was still at it', () => {
    const others = [{ pid: 4, command: 'runc start c' }];
    expect(classifyObservations([{ ...nothing, others }], now, back)).toBe('unknown');
    expect(classifyObservations([{ ...held, others }], now, back)).toBe('unknown');
    expect(classifyObservations([], { ...held, at: now.at, others }, back)).toBe('unknown');
  });
});
