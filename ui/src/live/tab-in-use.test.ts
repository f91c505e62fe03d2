import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endOfUse, inUse, untilInUse, watchTab } from './tab-in-use.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A tab that can be hidden and shown. */
function openTab() {
  const listeners: (() => void)[] = [];
  const page = {
    visibilityState: 'visible',
    addEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.push(listener),
  };
  watchTab(page);
  return (state: 'visible' | 'hidden') => {
    page.visibilityState = state;
    for (const listener of listeners) listener();
  };
}

test('a tab that is hidden for less than a minute: stays in use', () => {
  const becomes = openTab();
  const end = endOfUse();
  becomes('hidden');
  vi.advanceTimersByTime(59_000);
  becomes('visible');
  vi.advanceTimersByTime(600_000);
  expect([inUse.value, end.aborted]).toEqual([true, false]);
});

test('a tab that is hidden for a minute: is not in use until it is shown again', async () => {
  const becomes = openTab();
  const first = endOfUse();
  becomes('hidden');
  vi.advanceTimersByTime(60_000);
  expect([inUse.value, first.aborted]).toEqual([false, true]);
  let isBack = false;
  const back = untilInUse(new AbortController().signal).then(() => {
    isBack = true;
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(isBack).toBe(false);
  becomes('visible');
  await back;
  expect([inUse.value, endOfUse().aborted]).toEqual([true, false]);
});

test('who waits for a tab to be in use and leaves: is not kept waiting', async () => {
  const becomes = openTab();
  becomes('hidden');
  vi.advanceTimersByTime(60_000);
  const leaving = new AbortController();
  const waited = untilInUse(leaving.signal);
  leaving.abort();
  await waited;
  expect(inUse.value).toBe(false);
  becomes('visible');
});
