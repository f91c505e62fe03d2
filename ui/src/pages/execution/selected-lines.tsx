import { formatLineRange, isInRange, type LineRange, rangeOf } from '../../log/line-range.ts';
import type { Line } from '../../log/log-lines.ts';
import { CopyButton } from '../../parts/basics.tsx';
import { changeFragment } from '../../router.ts';

interface SelectedLinesProps {
  readonly lines: readonly Line[];
  readonly selected: LineRange | undefined;
  /** The line that a link leads to while none is selected. */
  readonly fallback: number;
}

/** What can be done with the selected lines of a log. */
export function SelectedLines({ lines, selected, fallback }: SelectedLinesProps) {
  const range = selected ?? rangeOf(fallback, fallback);
  const { origin, pathname, search } = location;
  const link = `${origin}${pathname}${search}#${formatLineRange(range)}`;
  const name = range.first === range.last ? `line ${range.first}` : `lines ${range.first} to ${range.last}`;
  return (
    <p class="small selected-lines">
      <span role="status">{selected === undefined ? '' : `${name} selected`}</span>{' '}
      <CopyButton text={link} label={`the link to ${name}`} hotkey="y">
        copy link
      </CopyButton>
      {selected !== undefined && (
        <>
          <CopyButton text={() => textOf(lines, selected)} label={`the text of ${name}`}>
            copy text
          </CopyButton>
          <button type="button" class="quiet-button" onClick={() => changeFragment('')}>
            clear
          </button>
        </>
      )}
    </p>
  );
}

function textOf(lines: readonly Line[], range: LineRange): string {
  return lines.flatMap(({ number, text }) => (isInRange(number, range) ? `${text}\n` : [])).join('');
}
