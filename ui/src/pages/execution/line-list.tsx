import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Line } from '../../log/log-lines.ts';
import { readAnsi } from '../../log/read-ansi.ts';

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
  readonly onScrolledUp?: () => void;
  /** The number of a line that is brought into view and marked. */
  readonly marked?: number | undefined;
}

/** Lines of a log. Only those in view are elements. */
export function LineList({ lines, isWrapped, isFollowing, onScrolledUp, marked }: LineListProps) {
  const area = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const all = lines.slice(-(isWrapped ? mostWrapped : mostShown));
  useEffect(() => {
    const element = area.current;
    if (element !== null && isFollowing) element.scrollTop = element.scrollHeight;
  }, [all.length, isFollowing, isWrapped]);
  const firstNumber = all[0]?.number ?? 1;
  useEffect(() => {
    const element = area.current;
    if (element === null || marked === undefined) return;
    if (isWrapped) element.querySelector('.marked')?.scrollIntoView({ block: 'center' });
    else element.scrollTop = Math.max(0, (marked - firstNumber) * rowHeight - element.clientHeight / 2);
  }, [marked, firstNumber, isWrapped]);
  const first = isWrapped ? 0 : Math.max(0, Math.floor(scroll.top / rowHeight) - rowsAround);
  const last = isWrapped ? all.length : Math.ceil((scroll.top + scroll.height) / rowHeight) + rowsAround;
  const visible = all.slice(first, last);
  return (
    <div
      ref={area}
      class={isWrapped ? 'log wrapped' : 'log'}
      tabIndex={0}
      role="log"
      aria-live={isFollowing ? 'polite' : 'off'}
      aria-label="Output"
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        setScroll({ top: scrollTop, height: clientHeight });
        if (isFollowing && scrollTop + clientHeight < scrollHeight - 3 * rowHeight) onScrolledUp?.();
      }}
    >
      {/* Heights without style attributes, which the policy of the page forbids. */}
      {!isWrapped && <Spacer height={first * rowHeight} />}
      {visible.map((line) => (
        <div key={line.number} class={`line ${line.stream}${line.number === marked ? ' marked' : ''}`}>
          <span class="number">{line.number}</span>
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
  );
}

function Spacer({ height }: { readonly height: number }) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (element.current !== null) element.current.style.height = `${height}px`;
  }, [height]);
  return <div ref={element} aria-hidden="true" />;
}
