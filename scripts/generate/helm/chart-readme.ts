import { replaceBetweenMarkers } from '../between-markers.ts';
import type { GeneratedFile } from '../generated-file.ts';
import { chartDirectory } from './chart-directory.ts';
import { listValues } from './list-values.ts';

/** The page of the chart with a row for each value. */
export function makeChartReadme(): Promise<GeneratedFile> {
  const rows = listValues().map(({ path, default: value, description }) => {
    const shown = value === '' ? '' : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
    return `| \`${path}\` | ${description.replaceAll('|', '\\|')} | ${shown} |`;
  });
  const head = ['| value | meaning | default |', '|---|---|---|'];
  return replaceBetweenMarkers(`${chartDirectory}/README.md`, 'values', `\n${[...head, ...rows].join('\n')}\n`);
}
