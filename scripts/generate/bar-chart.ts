export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Where most samples lie, drawn as a line over the bar's end. */
  readonly spread?: readonly [from: number, to: number];
  /** Drawn across the bar. */
  readonly goal?: { readonly value: number; readonly isMet: boolean };
  /** Stands behind the bar. */
  readonly note: string;
}

const row = 28;
const [left, width, right, top] = [210, 420, 210, 44];

/** Horizontal bars from 0, as SVG that is readable on light and dark pages. */
export function drawBars(title: string, bars: readonly Bar[]): string {
  const highest = Math.max(...bars.flatMap(({ value, spread, goal }) => [value, spread?.[1] ?? 0, goal?.value ?? 0]));
  const x = (value: number) => Math.round(left + (value / highest) * width);
  const rows = bars.map((bar, index) => drawBar(bar, top + index * row, x));
  const [w, h] = [left + width + right, top + bars.length * row + 8];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>${escapeXml(title)}</title>
<rect width="${w}" height="${h}" rx="6" fill="#ffffff"/>
<text x="16" y="26" font-size="15" font-weight="600" fill="#1f2328">${escapeXml(title)}</text>
${rows.join('\n')}
</svg>
`;
}

function drawBar({ label, value, spread, goal, note }: Bar, y: number, x: (value: number) => number): string {
  const middle = y + 9;
  const color = goal?.isMet === false ? '#c4622d' : '#3b6ea8';
  const end = Math.max(x(value), ...(spread ?? []).map(x), goal === undefined ? 0 : x(goal.value));
  return [
    `<text x="${left - 10}" y="${y + 14}" text-anchor="end" fill="#1f2328">${escapeXml(label)}</text>`,
    `<rect x="${left}" y="${y}" width="${x(value) - left}" height="18" fill="${color}"/>`,
    ...(spread === undefined
      ? []
      : [`<path d="M${x(spread[0])} ${middle}H${x(spread[1])}" stroke="#1f2328" stroke-width="2"/>`]),
    ...(goal === undefined
      ? []
      : [`<path d="M${x(goal.value)} ${y - 3}v24" stroke="#1f2328" stroke-dasharray="3 2" stroke-width="2"/>`]),
    `<text x="${end + 8}" y="${y + 14}" fill="#59636e">${escapeXml(note)}</text>`,
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
