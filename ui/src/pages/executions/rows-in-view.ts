import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

// Rows beside those in view, so that keys and short movements find them there.
const rowsAround = 15;
const usualHeight = 36;
// How near to the last row the next page is read.
const rowsAhead = 150;

export interface RowsInView {
  readonly first: number;
  /** Behind the last one. */
  readonly last: number;
  /** Of what is left out above and below, in pixels. */
  readonly above: number;
  readonly below: number;
  /** The element that holds the rows; each has the same height. */
  readonly body: { current: HTMLTableSectionElement | null };
}

/**
 * Which rows of a long table are elements, as the page is scrolled.
 * @param onNearEnd called as the reader comes near the last row
 */
export function useRowsInView(count: number, onNearEnd: () => void): RowsInView {
  const body = useRef<HTMLTableSectionElement>(null);
  const height = useRef(usualHeight);
  const [range, setRange] = useState({ first: 0, last: 60 });
  const nearEnd = useRef(onNearEnd);
  nearEnd.current = onNearEnd;
  const measure = () => {
    const element = body.current;
    if (element === null) return range;
    const above = -element.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / height.current) - rowsAround);
    return { first, last: Math.ceil((above + innerHeight) / height.current) + rowsAround };
  };

  useLayoutEffect(() => {
    const row = body.current?.querySelector<HTMLElement>('tr[aria-rowindex]');
    if (row !== null && row !== undefined && row.offsetHeight > 0) height.current = row.offsetHeight;
  });
  useEffect(() => {
    let frame = 0;
    const look = (isScrolled: boolean) => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        const next = measure();
        setRange((before) => (before.first === next.first && before.last === next.last ? before : next));
        if (isScrolled && next.last + rowsAhead > count) nearEnd.current();
      });
    };
    const onScroll = () => look(true);
    const onResize = () => look(false);
    look(false);
    addEventListener('scroll', onScroll, { passive: true });
    addEventListener('resize', onResize);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', onScroll);
      removeEventListener('resize', onResize);
    };
  }, [count]);

  const first = Math.min(range.first, Math.max(0, count - 1));
  const last = Math.min(range.last, count);
  return { first, last, above: first * height.current, below: (count - last) * height.current, body };
}
