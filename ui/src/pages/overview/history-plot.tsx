import type { Counts } from '../../api/executions.ts';
import { formatMoment } from '../../parts/time-zone.ts';
import { barsOf, outcomes, outcomesOf } from './outcomes.ts';

const height = 100;
const barWidth = 10;
const gap = 2;

/** How many were submitted in each part of the period, by how they ended. */
export function HistoryPlot({ counts }: { readonly counts: Counts }) {
  const { bars, most } = barsOf(counts);
  const width = bars.length * barWidth;
  const all = outcomesOf(counts);
  const sentence = outcomes.map((outcome) => `${all[outcome]} ${outcome}`).join(', ');
  return (
    <figure class="plot">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={sentence}>
        {bars.map(({ since, counts: ofBar, pieces }, index) => (
          <g key={since}>
            <title>
              {`${formatMoment(new Date(since))}: ${outcomes.map((outcome) => `${ofBar[outcome]} ${outcome}`).join(', ')}`}
            </title>
            <rect class="plot-back" x={index * barWidth} y={0} width={barWidth} height={height} />
            {pieces.map(({ outcome, from, to }) => (
              <rect
                key={outcome}
                class={`plot-${outcome}`}
                x={index * barWidth + gap / 2}
                y={(1 - to) * height}
                width={barWidth - gap}
                height={(to - from) * height}
              />
            ))}
          </g>
        ))}
      </svg>
      <figcaption class="legend">
        {outcomes.map((outcome) => (
          <span key={outcome}>
            <span class={`dot plot-${outcome}`} aria-hidden="true" /> {outcome} {all[outcome]}
          </span>
        ))}
        <span>
          highest bar {most}; from {formatMoment(new Date(counts.since))}
        </span>
      </figcaption>
    </figure>
  );
}
