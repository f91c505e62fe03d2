import { expect, test } from 'vitest';
import { drawBars } from './bar-chart.ts';

const widthOf = (svg: string, n: number) => Number([...svg.matchAll(/<rect x="\d+" y="\d+" width="(\d+)"/g)][n]?.[1]);

test('bars are as long as their values, and the longest of all fills the chart', () => {
  const svg = drawBars('Two', [
    { label: 'half', value: 5, note: '' },
    { label: 'whole', value: 10, note: '' },
  ]);
  expect(widthOf(svg, 1)).toBe(2 * widthOf(svg, 0));
});

test('a goal that was missed is seen from the colour', () => {
  const bar = (isMet: boolean) => drawBars('One', [{ label: 'a', value: 1, goal: { value: 2, isMet }, note: '' }]);
  expect(bar(true)).not.toBe(bar(false));
});

test('bar chart: escapes any text', () => {
  expect(drawBars('a < b & c', [])).toContain('<title>a &lt; b &amp; c</title>');
});
