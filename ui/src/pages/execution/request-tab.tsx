import { getRequestText } from '../../api/executions.ts';
import { addressOf } from '../../base.ts';
import { indentJson } from '../../json/indent-json.ts';
import { showInvisible } from '../../log/read-ansi.ts';
import { CopyButton, Problem, Skeleton } from '../../parts/basics.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { changeQuery, place } from '../../router.ts';
import { asNewRequest } from './as-new-request.ts';
import { snippetsOf } from './snippets.ts';

const shownCharacters = 500_000;

/** The request of an execution, as clients send it. Secrets are names only. */
export function RequestTab({ id }: { readonly id: string }) {
  const { value, error, reload } = useLoaded(`request ${id}`, async () => indentJson(await getRequestText(id)));
  if (error !== undefined) return <Problem error={error} onRetry={reload} />;
  if (value === undefined) return <Skeleton />;
  const snippets = [
    { key: 'json', name: 'JSON', text: value },
    ...snippetsOf(asNewRequest(value), `${location.origin}${addressOf('')}`),
  ];
  const chosen = snippets.find(({ key }) => key === place.value.query.get('as')) ?? snippets[0];
  if (chosen === undefined) return null;
  return (
    <>
      <div class="log-bar">
        <label>
          as{' '}
          <select value={chosen.key} onChange={({ currentTarget }) => changeQuery({ as: currentTarget.value })}>
            {snippets.map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <CopyButton text={chosen.text} label={`the request as ${chosen.name}`} />
      </div>
      <pre class="text" tabIndex={0}>
        {showInvisible(chosen.text.slice(0, shownCharacters))}
        {chosen.text.length > shownCharacters && '\n… copy it to see the rest'}
      </pre>
    </>
  );
}
