import { useState } from 'preact/hooks';
import { session } from '../../api/session.ts';
import { addressOf } from '../../base.ts';
import { Name } from '../../parts/basics.tsx';
import { keep, readKept } from '../../parts/browser-storage.ts';
import { addView, longestViewName, mostViews, readViews, removeView, type SavedView } from './saved-views.ts';

/** Filters that the browser keeps under a name, for each tenant and agent. */
export function Views({ filter }: { readonly filter: URLSearchParams }) {
  const key = `exec-agent views ${addressOf('/')} ${session.value?.tenant}`;
  const [list, setList] = useState(() => readViews(readKept(key)));
  const current = filter.toString();
  const change = (next: readonly SavedView[]) => {
    keep(key, JSON.stringify(next));
    setList(next);
  };
  if (list.length === 0 && current === '') return null;
  return (
    <div class="views">
      {list.length > 0 && <span class="small">Views</span>}
      {list.map(({ name, filter: query }) => (
        <span class="view" key={name}>
          <a href={addressOf(`/ui/?${query}`)} {...(query === current ? { 'aria-current': 'true' } : {})}>
            <Name>{name}</Name>
          </a>
          <button
            type="button"
            class="quiet-button"
            aria-label={`Remove the view ${name}`}
            onClick={() => change(removeView(list, name))}
          >
            ✕
          </button>
        </span>
      ))}
      {current !== '' && !list.some(({ filter: query }) => query === current) && (
        <SaveView list={list} filter={current} onSave={change} />
      )}
    </div>
  );
}

interface SaveViewProps {
  readonly list: readonly SavedView[];
  readonly filter: string;
  readonly onSave: (views: readonly SavedView[]) => void;
}

function SaveView({ list, filter, onSave }: SaveViewProps) {
  const [isNaming, setNaming] = useState(false);
  const [problem, setProblem] = useState('');
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim();
    const next = addView(list, { name, filter });
    if (next === undefined)
      return setProblem(
        list.length < mostViews
          ? 'The filter is too long to keep.'
          : `${mostViews} views are kept already. Remove one first.`,
      );
    setNaming(false);
    onSave(next);
  };
  if (!isNaming)
    return (
      <button type="button" class="quiet-button" onClick={() => setNaming(true)}>
        Save this filter …
      </button>
    );
  return (
    <form class="save-view" onSubmit={save}>
      <label>
        <span class="hidden">Name of the view</span>
        <input name="name" required maxLength={longestViewName} placeholder="name of the view" autofocus />
      </label>
      <button type="submit">Save</button>
      <button type="button" class="quiet-button" onClick={() => setNaming(false)}>
        Cancel
      </button>
      {problem !== '' && <span role="alert">{problem}</span>}
    </form>
  );
}
