import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type ExecutionView, logUrl } from '../../api/executions.ts';
import { followLog } from '../../log/follow-log.ts';
import { type Line, LogLines } from '../../log/log-lines.ts';
import { readAnsi } from '../../log/read-ansi.ts';
import { changeQuery, place } from '../../router.ts';

const rowHeight = 20;
const rowsAround = 40;
// Browsers cap the height of an element; what is beyond is reached by the search and by the plain text.
const mostShown = 400_000;
// With wrapped lines nothing is virtual, so there are fewer.
const mostWrapped = 2000;

/** The output as it comes. Only the lines in view are elements. */
export function LogTab({ execution }: { readonly execution: ExecutionView }) {
  const id = execution.execution_id;
  const { lines, version, dropped, isEnded, problem } = useLog(id);
  const { query } = place.value;
  const search = query.get('q') ?? '';
  const isWrapped = query.has('wrap');
  const stream = query.get('stream') ?? '';
  const [isFollowing, setFollowing] = useState(true);
  const shown = useMemo(() => filterLines(lines, search, stream), [lines, version, search, stream]);
  return (
    <div class="log-tab">
      <div class="log-bar" role="toolbar" aria-label="Log">
        <label>
          <span class="hidden">Search</span>
          <input
            type="search"
            data-key="/"
            placeholder="lines that contain …"
            value={search}
            onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
          />
        </label>
        <label>
          <span class="hidden">Stream</span>
          <select value={stream} onChange={({ currentTarget }) => changeQuery({ stream: currentTarget.value })}>
            <option value="">stdout and stderr</option>
            <option>stdout</option>
            <option>stderr</option>
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            data-key="w"
            checked={isWrapped}
            onChange={({ currentTarget }) => changeQuery({ wrap: currentTarget.checked ? '1' : '' })}
          />
          wrap
        </label>
        <label class="check">
          <input
            type="checkbox"
            data-key="e"
            checked={isFollowing}
            onChange={({ currentTarget }) => setFollowing(currentTarget.checked)}
          />
          follow
        </label>
        <span class="small" role="status">
          {search === '' && stream === '' ? countLines(lines.length) : `${shown.length} of ${countLines(lines.length)}`}
          {isEnded ? '' : ', running'}
        </span>
        <a href={logUrl(id)} target="_blank" rel="noopener">
          plain text
        </a>
      </div>
      {problem !== undefined && <p class="problem">{problem}</p>}
      {dropped > 0 && <p class="small">{dropped} older lines are not shown here. The plain text may have them.</p>}
      {lines.length === 0 && (
        <p class="empty">
          {isEnded ? 'The container printed nothing.' : 'Waiting for output. It appears here as it comes.'}
        </p>
      )}
      {lines.length > 0 && (
        <LineList
          lines={shown}
          isWrapped={isWrapped}
          isFollowing={isFollowing}
          onScrolledUp={() => setFollowing(false)}
        />
      )}
    </div>
  );
}

function countLines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

function filterLines(lines: readonly Line[], search: string, stream: string): readonly Line[] {
  if (search === '' && stream === '') return lines;
  const wanted = search.toLowerCase();
  return lines.filter((line) => (stream === '' || line.stream === stream) && line.text.toLowerCase().includes(wanted));
}

interface LineListProps {
  readonly lines: readonly Line[];
  readonly isWrapped: boolean;
  readonly isFollowing: boolean;
  readonly onScrolledUp: () => void;
}

function LineList({ lines, isWrapped, isFollowing, onScrolledUp }: LineListProps) {
  const area = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const all = lines.slice(-(isWrapped ? mostWrapped : mostShown));
  useEffect(() => {
    const element = area.current;
    if (element !== null && isFollowing) element.scrollTop = element.scrollHeight;
  }, [all.length, isFollowing, isWrapped]);
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
        if (isFollowing && scrollTop + clientHeight < scrollHeight - 3 * rowHeight) onScrolledUp();
      }}
    >
      {/* Heights without style attributes, which the policy of the page forbids. */}
      {!isWrapped && <Spacer height={first * rowHeight} />}
      {visible.map((line) => (
        <div key={line.number} class={`line ${line.stream}`}>
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

/** The log so far, shown at most once for each picture that the browser draws. */
function useLog(id: string) {
  const [version, setVersion] = useState(0);
  const [isEnded, setEnded] = useState(false);
  const [problem, setProblem] = useState<string>();
  const log = useRef(new LogLines());
  useEffect(() => {
    log.current = new LogLines();
    let frame = 0;
    const show = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setVersion((before) => before + 1);
      });
    };
    const leaving = new AbortController();
    const reader = {
      onPiece(stream: string, text: string) {
        log.current.add(stream, text);
        show();
      },
      onEnd: () => setEnded(true),
      onProblem: setProblem,
    };
    void followLog(id, reader, leaving.signal);
    return () => {
      cancelAnimationFrame(frame);
      leaving.abort();
    };
  }, [id]);
  return { lines: log.current.lines, version, dropped: log.current.dropped, isEnded, problem };
}
