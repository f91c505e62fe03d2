import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addView, mostViews, readViews, removeView, type SavedView } from './saved-views.ts';

const view = fc.record({
  name: fc.stringMatching(/^[a-z ]{0,8}x$/),
  filter: fc.constantFrom('state=running', 'tag=a%3Db'),
});

test('saved views: any that are added are read again, each name once, and no more than fit', () => {
  fc.assert(
    fc.property(fc.array(view, { maxLength: 40 }), (added) => {
      let views: readonly SavedView[] = [];
      for (const each of added) views = readViews(JSON.stringify(addView(views, each) ?? views));
      expect(views.length).toBeLessThanOrEqual(mostViews);
      expect(new Set(views.map(({ name }) => name)).size).toBe(views.length);
      for (const { name, filter } of views) expect(added).toContainEqual({ name, filter });
      for (const { name } of views) expect(removeView(views, name)).toHaveLength(views.length - 1);
    }),
  );
});

test('saved views: leaves out what is no view, for any content of the storage', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const each of readViews(text)) expect([typeof each.name, typeof each.filter]).toEqual(['string', 'string']);
    }),
  );
  expect(readViews('[{"name":"a","filter":"x"},{"name":1},null,{"name":" ","filter":""}]')).toHaveLength(1);
});

test('saved views: a name or a filter that is too long is not taken', () => {
  expect(addView([], { name: 'x'.repeat(41), filter: '' })).toBeUndefined();
  expect(addView([], { name: 'x', filter: 'x'.repeat(3000) })).toBeUndefined();
  expect(addView([], { name: ' ', filter: 'a=b' })).toBeUndefined();
});
