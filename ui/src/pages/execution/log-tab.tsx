import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type ExecutionView, logUrl } from '../../api/executions.ts';
import { getLogEnd, type LogEnd } from '../../api/logs.ts';
import { addressOf } from '../../base.ts';
import { followLog } from '../../log/follow-log.ts';
import { parseLineRange } from '../../log/line-range.ts';
import { type Line, LogLines } from '../../log/log-lines.ts';
import { Skeleton } from '../../parts/basics.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { changeQuery, place } from '../../router.ts';
import { LineList } from './line-list.tsx';
import { partBytes, WholeLog } from './whole-log.tsx';
import { WrapBox } from './wrap-box.tsx';

// A longer output of a finished execution is read in parts.
const wholeBytes = 2 * 1024 ** 2;

export function LogTab({ execution }: { readonly execution: ExecutionView }) {
  const { execution_id: id, state } = execution;
  const { value, error } = useLoaded<LogEnd>(`log end ${id} ${state === 'finished'}`, async () =>
    state === 'finished' ? getLogEnd(id, partBytes, wholeBytes) : { size: 0 },
  );
  if (value === undefined && error === undefined) return <Skeleton />;
  if (value?.part !== undefined) return <WholeLog key={id} id={id} size={value.size} end={value.part} />;
  return <LiveLog id={id} />;
}

/** The output as it comes. Only the lines in view are elements. */
function LiveLog({ id }: { readonly id: string }) {
  const { lines, version, dropped, isEnded, problem } = useLog(id);
  const { query } = place.value;
  const search = query.get('q') ?? '';
  const isWrapped = query.has('wrap');
  const stream = query.get('stream') ?? '';
  const [isFollowing, setFollowing] = useState(parseLineRange(place.value.fragment) === undefined);
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
        <WrapBox isWrapped={isWrapped} />
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
        <a href={addressOf(logUrl(id))} target="_blank" rel="noopener">
          plain text
        </a>
        <a href={addressOf(`${logUrl(id)}?download=true`)} download>
          download
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
          onLeaveEnd={() => setFollowing(false)}
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
