import { afterEach, expect, test, vi } from 'vitest';
import { keep, readKept } from './browser-storage.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('browser storage: keeps texts, and removes them', () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
  });
  expect(readKept('a')).toBeNull();
  keep('a', 'text');
  expect(readKept('a')).toBe('text');
  keep('a', null);
  expect(readKept('a')).toBeNull();
});

test('browser storage: a browser that keeps nothing is no error', () => {
  const refuse = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
  keep('a', 'text');
  keep('a', null);
  expect(readKept('a')).toBeNull();
});
