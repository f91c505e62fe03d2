import { listSettings, type SettingList } from '../api/operation.ts';
import { Name, Problem, Skeleton, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { changeQuery, place } from '../router.ts';

type Setting = SettingList['settings'][number];

/** Every setting of the agent, with the value in force. */
export function SettingsPage() {
  const { value, error, reload } = useLoaded('settings', listSettings);
  useTitle('Settings');
  const { query } = place.value;
  const search = query.get('q') ?? '';
  const isChangedOnly = query.has('changed');
  const shown = value?.settings.filter((each) => (!isChangedOnly || each.is_changed) && matches(each, search));
  return (
    <>
      <h1>Settings</h1>
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <label>
            Settings that contain
            <input
              type="search"
              data-key="/"
              value={search}
              placeholder="name, group, description"
              onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={isChangedOnly}
              onChange={({ currentTarget }) => changeQuery({ changed: currentTarget.checked ? 'yes' : '' })}
            />
            only those that differ from their default
          </label>
        </form>
      </search>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value === undefined && error === undefined && <Skeleton />}
      {shown?.length === 0 && <p class="empty">No setting matches.</p>}
      {shown !== undefined && shown.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">Default</th>
              <th scope="col">Meaning</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((setting) => (
              <tr key={setting.key} class={setting.is_changed ? 'selected' : ''}>
                <td>
                  <code>{setting.name}</code>
                </td>
                <td data-label="value:">
                  {setting.secret === true ? secretState(setting) : <Value value={setting.value} />}
                </td>
                <td {...(setting.secret === true ? {} : { 'data-label': 'default:' })}>
                  {setting.secret === true ? '' : <Value value={setting.default} />}
                </td>
                <td>{setting.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function secretState({ is_changed: isChanged }: Setting): string {
  return isChanged ? '(set, not shown)' : '(as usual)';
}

function Value({ value }: { readonly value: unknown }) {
  if (value === null || value === undefined) return <span class="small">unset</span>;
  return <Name>{typeof value === 'string' ? value : JSON.stringify(value)}</Name>;
}

function matches({ name, key, group, description }: Setting, search: string): boolean {
  const wanted = search.toLowerCase();
  return [name, key, group, description].some((text) => text.toLowerCase().includes(wanted));
}
