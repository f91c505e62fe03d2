import { stripVTControlCharacters } from 'node:util';

const gap = '  ';

/** Rows with aligned columns; the last column is left ragged. Cells may carry colours; a line break in one makes no new row. */
export function formatTable(given: readonly (readonly string[])[], indent = ''): string[] {
  const rows = given.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  return rows.map(
    (row) =>
      indent +
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join(gap)
        .trimEnd(),
  );
}

function oneLine(cell: string): string {
  return cell.replaceAll('\r', '\\x0d').replaceAll('\n', '\\x0a').replaceAll('\t', '\\x09');
}

function pad(cell: string, to: number): string {
  return cell + ' '.repeat(Math.max(0, to - width(cell)));
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
