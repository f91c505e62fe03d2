import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { countExecutions } from '../../api/executions.ts';
import { seesTenants } from '../../api/session.ts';
import { addressOf } from '../../base.ts';
import { onStateChange } from '../../live/connection.ts';
import { Badge } from '../../parts/basics.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { changeQuery, goTo } from '../../router.ts';
import { sinceOf, tagsOf, toggled } from './list-filter.ts';
import { PeriodOptions } from './period-options.tsx';
import { Views } from './views.tsx';

const openStates = ['queued', 'staging', 'running', 'collecting'];
const refreshPauseMs = 2000;
/** Whether a small screen shows more than the search. */
const isOpen = signal(false);

export function Filters({ filter }: { readonly filter: URLSearchParams }) {
  const change = (name: string) => (event: Event) => {
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement)
      changeQuery({ [name]: name === 'tag' ? tagsOf(target.value) : target.value.trim() });
  };
  return (
    <search>
      <Counts filter={filter} />
      <form
        class={isOpen.value || filter.size > 0 ? 'filters open' : 'filters'}
        onSubmit={(event) => event.preventDefault()}
      >
        <label>
          Search
          <input
            data-key="/"
            defaultValue={filter.get('prefix') ?? ''}
            onChange={change('prefix')}
            placeholder="begin of an id or name"
          />
        </label>
        {filter.size === 0 && (
          <button
            type="button"
            class="filter-toggle"
            aria-expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            Filters
          </button>
        )}
        <label class="secondary">
          Name
          <input defaultValue={filter.get('name') ?? ''} onChange={change('name')} />
        </label>
        <label class="secondary">
          Image
          <input defaultValue={filter.get('image') ?? ''} onChange={change('image')} placeholder="alpine:latest" />
        </label>
        <label class="secondary">
          Tags
          <input defaultValue={filter.getAll('tag').join(' ')} onChange={change('tag')} placeholder="key=value" />
        </label>
        <label class="secondary">
          Agent
          <input defaultValue={filter.get('agent') ?? ''} onChange={change('agent')} />
        </label>
        {(seesTenants() || filter.has('tenant')) && (
          <label class="secondary">
            Tenant
            <input
              defaultValue={filter.get('tenant') ?? ''}
              onChange={change('tenant')}
              placeholder="own, or * for all"
            />
          </label>
        )}
        <label class="secondary">
          Submitted
          <select value={filter.get('last') ?? ''} onChange={change('last')}>
            <option value="">any time</option>
            <PeriodOptions />
          </select>
        </label>
        {filter.size > 0 && (
          <a class="button" href={addressOf('/ui/')}>
            Clear
          </a>
        )}
      </form>
      <Views filter={filter} />
    </search>
  );
}

/** How many there are in each state, and how they ended; each number narrows the list down to what it counts. */
function Counts({ filter }: { readonly filter: URLSearchParams }) {
  const last = filter.get('last');
  const tenant = filter.get('tenant') ?? undefined;
  const { value, reload } = useLoaded(`counts ${last} ${tenant}`, () =>
    countExecutions({ since: sinceOf(last, Date.now()) ?? new Date(0).toISOString(), parts: 1, tenant }),
  );
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onStateChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, refreshPauseMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [reload]);
  const chosen = [...filter.getAll('code')].filter((code) => code !== 'failed');
  const codes = [...new Set([...Object.keys(value?.codes ?? {}), ...chosen])].sort();
  const failed = Object.entries(value?.codes ?? {})
    .filter(([code]) => code !== 'OK' && code !== 'CANCELED')
    .reduce((sum, [, count]) => sum + count, 0);
  const chip = (name: 'state' | 'code', word: string, count: number | undefined) => (
    <button
      key={word}
      type="button"
      class="chip"
      aria-pressed={filter.has(name, word)}
      onClick={() => goTo(addressOf(`/ui/?${toggled(filter, name, word)}`), { replace: true })}
    >
      {word === 'failed' ? (
        <span class="badge bad">
          <span aria-hidden="true">✕</span> all failed
        </span>
      ) : (
        <Badge state={name === 'state' ? word : 'finished'} code={word} />
      )}{' '}
      {count ?? 0}
    </button>
  );
  return (
    <fieldset class="chips">
      <legend class="hidden">States and codes</legend>
      {openStates.map((state) => chip('state', state, value?.states[state]))}
      {(failed > 0 || filter.has('code', 'failed')) && chip('code', 'failed', failed)}
      {codes.map((code) => chip('code', code, value?.codes[code]))}
    </fieldset>
  );
}
