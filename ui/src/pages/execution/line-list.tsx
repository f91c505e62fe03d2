import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatLineRange, isInRange, parseLineRange, rangeOf } from '../../log/line-range.ts';
import type { Line } from '../../log/log-lines.ts';
import { readAnsi } from '../../log/read-ansi.ts';
import { changeFragment, place } from '../../router.ts';
import { SelectedLines } from './selected-lines.tsx';

const rowHeight = 20;
const rowsAround = 40;
// Browsers cap the height of an element; what is beyond is reached by the search and by the plain text.
const mostShown = 400_000;
// With wrapped lines nothing is virtual, so there are fewer.
const mostWrapped = 2000;

export interface LineListProps {
  readonly lines: readonly Line[];
  readonly isWrapped: boolean;
  readonly isFollowing: boolean;
  /** The reader looks at another place than the end. */
  readonly onLeaveEnd?: () => void;
  /** The number of a line that is brought into view and marked. */
  readonly marked?: number | undefined;
}

/** Lines of a log. Only those in view are elements. The lines that the fragment of the address names are selected. */
export function LineList({ lines, isWrapped, isFollowing, onLeaveEnd, marked }: LineListProps) {
  const area = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const all = lines.slice(-(isWrapped ? mostWrapped : mostShown));
  const selected = parseLineRange(place.value.fragment);
  useEffect(() => {
    const element = area.current;
    if (element !== null && isFollowing) element.scrollTop = element.scrollHeight;
  }, [all.length, isFollowing, isWrapped]);
  const bringIntoView = (number: number) => {
    const element = area.current;
    if (element === null) return;
    if (isWrapped) element.querySelector(`[data-line="${number}"]`)?.scrollIntoView({ block: 'center' });
    else {
      const at = all.findIndex((line) => line.number === number) * rowHeight;
      const isInView = at >= element.scrollTop && at + rowHeight <= element.scrollTop + element.clientHeight;
      if (at >= 0 && !isInView) element.scrollTop = Math.max(0, at - element.clientHeight / 2);
    }
  };
  const firstNumber = all[0]?.number ?? 1;
  useEffect(() => {
    if (marked !== undefined) bringIntoView(marked);
  }, [marked, firstNumber, isWrapped]);
  const isSelectedHere = selected !== undefined && selected.first <= (all.at(-1)?.number ?? 0);
  useEffect(() => {
    if (selected !== undefined && isSelectedHere && !isFollowing) bringIntoView(selected.first);
  }, [selected?.first, isSelectedHere, firstNumber, isWrapped, isFollowing]);
  const select = (event: MouseEvent, number: number) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    onLeaveEnd?.();
    const isOnly = selected?.first === number && selected.last === number;
    const range = event.shiftKey && selected !== undefined ? rangeOf(selected.first, number) : rangeOf(number, number);
    changeFragment(isOnly ? '' : formatLineRange(range));
  };
  const first = isWrapped ? 0 : Math.max(0, Math.floor(scroll.top / rowHeight) - rowsAround);
  const last = isWrapped ? all.length : Math.ceil((scroll.top + scroll.height) / rowHeight) + rowsAround;
  const visible = all.slice(first, last);
  const top = all[isWrapped ? 0 : Math.floor(scroll.top / rowHeight)]?.number ?? 1;
  return (
    <>
      <SelectedLines lines={all} selected={selected} fallback={marked ?? top} />
      <div
        ref={area}
        class={isWrapped ? 'log wrapped' : 'log'}
        tabIndex={0}
        role="log"
        aria-live={isFollowing ? 'polite' : 'off'}
        aria-label="Output"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          setScroll({ top: scrollTop, height: clientHeight });
          if (isFollowing && scrollTop + clientHeight < scrollHeight - 3 * rowHeight) onLeaveEnd?.();
        }}
      >
        {/* Heights without style attributes, which the policy of the page forbids. */}
        {!isWrapped && <Spacer height={first * rowHeight} />}
        {visible.map((line) => (
          <div
            key={line.number}
            data-line={line.number}
            class={lineLook(line, isInRange(line.number, selected), marked)}
          >
            {/* The keys y and n reach lines without a stop at each. */}
            <a class="number" href={`#L${line.number}`} tabIndex={-1} onClick={(event) => select(event, line.number)}>
              {line.number}
            </a>
            <span class="line-text">
              {readAnsi(line.text).map(({ text, look }, index) => (
                <span key={index} class={look}>
                  {text}
                </span>
              ))}
            </span>
          </div>
        ))}
        {!isWrapped && <Spacer height={Math.max(0, all.length - first - visible.length) * rowHeight} />}
      </div>
    </>
  );
}

function lineLook({ number, stream }: Line, isSelected: boolean, marked: number | undefined): string {
  return `line ${stream}${number === marked ? ' marked' : ''}${isSelected ? ' chosen-line' : ''}`;
}

function Spacer({ height }: { readonly height: number }) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (element.current !== null) element.current.style.height = `${height}px`;
  }, [height]);
  return <div ref={element} aria-hidden="true" />;
}
