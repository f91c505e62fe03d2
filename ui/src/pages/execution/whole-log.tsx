import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { logUrl } from '../../api/executions.ts';
import { getLogPart, type LogHit, type LogPart, searchLog } from '../../api/logs.ts';
import { addressOf } from '../../base.ts';
import { findLine } from '../../log/find-line.ts';
import { parseLineRange } from '../../log/line-range.ts';
import { Problem, Skeleton } from '../../parts/basics.tsx';
import { formatBytes } from '../../parts/format.ts';
import { toError, useLoaded } from '../../parts/use-loaded.ts';
import { changeQuery, place } from '../../router.ts';
import { LineList } from './line-list.tsx';
import { WrapBox } from './wrap-box.tsx';

// What is in memory of a log of any size.
export const partBytes = 512 * 1024;

interface WholeLogProps {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** The part that is shown first. */
  readonly end: LogPart;
}

/** A long output, of which a part is shown; the agent searches all of it. */
export function WholeLog({ id, size, end }: WholeLogProps) {
  const { query } = place.value;
  const atEnd = Math.max(0, size - partBytes);
  const offset = Math.min(Number(query.get('at') ?? atEnd), size);
  const isWrapped = query.has('wrap');
  const {
    value: part,
    error,
    reload,
  } = useLoaded(`log ${id} ${offset}`, async () => (offset === atEnd ? end : getLogPart(id, offset, partBytes, size)));
  const search = useSearch(id, query.get('q') ?? '', (hit) => goAround(hit.offset));
  const lines = useMemo(
    () => part?.lines.map((text, index) => ({ number: part.firstLine + index, text, stream: 'stdout' })) ?? [],
    [part],
  );
  const goTo = (at: number) => changeQuery({ at: String(Math.max(0, Math.min(at, size - partBytes))) });
  const goAround = (hit: number) => {
    if (part === undefined || hit < part.from || hit >= part.to) goTo(Math.round(hit - partBytes / 2));
  };
  const isLast = part !== undefined && part.to >= size;
  const selected = parseLineRange(place.value.fragment);
  const isSought = useRef(false);
  const isKnown = part !== undefined;
  useEffect(() => {
    // Only where the address leads at first: later the reader may look elsewhere.
    if (!isKnown || isSought.current) return undefined;
    isSought.current = true;
    if (selected === undefined || hasLine(part, selected.first)) return undefined;
    const readPart = (at: number) => getLogPart(id, at, partBytes, size);
    const left = new AbortController();
    findLine({ line: selected.first, size, partBytes, end, readPart, signal: left.signal }).then(
      (at) => {
        if (at !== undefined) goTo(at);
      },
      // The part that is shown stays.
      () => undefined,
    );
    return () => left.abort();
  }, [isKnown]);
  return (
    <div class="log-tab">
      <search>
        <form
          class="log-bar"
          onSubmit={(event) => {
            event.preventDefault();
            const text = new FormData(event.currentTarget).get('q');
            if (typeof text === 'string' && text !== search.text) changeQuery({ q: text });
            else search.step(1);
          }}
        >
          <label>
            <span class="hidden">Search</span>
            <input type="search" name="q" data-key="/" placeholder="find in the whole log" defaultValue={search.text} />
          </label>
          <button type="submit" data-key="n">
            Find next
          </button>
          <button type="button" data-key="N" disabled={search.hits.length === 0} onClick={() => search.step(-1)}>
            Previous
          </button>
          <WrapBox isWrapped={isWrapped} />
          <span class="small" role="status">
            {search.status}
          </span>
        </form>
      </search>
      <div class="log-bar" role="toolbar" aria-label="Parts of the log">
        <button type="button" disabled={part?.from === 0} onClick={() => goTo(0)}>
          Begin
        </button>
        <button type="button" disabled={part?.from === 0} onClick={() => goTo((part?.from ?? 0) - partBytes)}>
          Earlier
        </button>
        <button type="button" disabled={isLast} onClick={() => goTo(part?.to ?? 0)}>
          Later
        </button>
        <button type="button" data-key="e" disabled={isLast} onClick={() => goTo(size)}>
          End
        </button>
        <span class="small">
          {part !== undefined && `lines ${part.firstLine} to ${part.firstLine + part.lines.length - 1}, `}
          {formatBytes(size)} in all
        </span>
        <a href={addressOf(`${logUrl(id)}?download=true`)} download>
          download
        </a>
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {search.error !== undefined && <Problem error={search.error} />}
      {part === undefined && error === undefined && <Skeleton />}
      {part !== undefined && (
        <LineList
          key={part.from}
          lines={lines}
          isWrapped={isWrapped}
          isFollowing={isLast && search.current === undefined && selected === undefined}
          marked={search.current?.line}
        />
      )}
    </div>
  );
}

function hasLine({ firstLine, lines }: LogPart, line: number): boolean {
  return firstLine <= line && line < firstLine + lines.length;
}

interface Search {
  readonly text: string;
  readonly hits: readonly LogHit[];
  readonly current: LogHit | undefined;
  readonly status: string;
  readonly error: Error | undefined;
  readonly step: (by: number) => void;
}

/** The hits of the agent's search; more are read when the last one was passed. */
function useSearch(id: string, text: string, onHit: (hit: LogHit) => void): Search {
  const [found, setFound] = useState<{ hits: readonly LogHit[]; next: number | undefined; at: number }>(nothing);
  const [isSearching, setSearching] = useState(false);
  const [error, setError] = useState<Error>();
  const [leaving, setLeaving] = useState<AbortController>();

  const readOn = async (before: readonly LogHit[], from: number, signal: AbortSignal) => {
    setSearching(true);
    setError(undefined);
    try {
      let result = await searchLog(id, text, from, signal);
      // A search that had no time left goes on.
      while (result.hits.length === 0 && result.next !== undefined)
        result = await searchLog(id, text, result.next, signal);
      const hits = [...before, ...result.hits];
      const at = Math.min(before.length, hits.length - 1);
      setFound({ hits, next: result.next, at });
      const hit = hits[at];
      if (hit !== undefined) onHit(hit);
    } catch (failure) {
      if (!signal.aborted) setError(toError(failure));
    } finally {
      if (!signal.aborted) setSearching(false);
    }
  };

  useEffect(() => {
    setFound(nothing);
    if (text === '') return undefined;
    const left = new AbortController();
    setLeaving(left);
    void readOn([], 0, left.signal);
    return () => left.abort();
  }, [id, text]);

  const { hits, next, at } = found;
  const count = `${hits.length}${next === undefined ? '' : '+'}`;
  return {
    text,
    hits,
    current: hits[at],
    error,
    status: text === '' ? '' : isSearching ? 'searching …' : hits.length === 0 ? 'not found' : `${at + 1} of ${count}`,
    step(by) {
      if (by > 0 && at === hits.length - 1 && next !== undefined && leaving !== undefined)
        return void readOn(hits, next, leaving.signal);
      const to = hits.length === 0 ? 0 : (at + by + hits.length) % hits.length;
      const hit = hits[to];
      if (hit === undefined) return;
      setFound({ ...found, at: to });
      onHit(hit);
    },
  };
}

const nothing = { hits: [], next: undefined, at: 0 };
