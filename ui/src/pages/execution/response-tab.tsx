import { type ExecutionView, getExecutionText } from '../../api/executions.ts';
import { showInvisible } from '../../log/read-ansi.ts';
import { CopyButton, Problem, Skeleton } from '../../parts/basics.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { indentJson } from './indent-json.ts';

const shownCharacters = 500_000;

/** The execution as the API returns it, with every digit of every number. */
export function ResponseTab({ execution }: { readonly execution: ExecutionView }) {
  const { execution_id: id, state } = execution;
  const { value, error, reload } = useLoaded(`${id} ${state}`, () => getExecutionText(id));
  if (error !== undefined) return <Problem error={error} onRetry={reload} />;
  if (value === undefined) return <Skeleton />;
  const text = indentJson(value);
  return (
    <>
      <p class="small">
        <CopyButton text={value} label="the JSON" /> <code>{`curl ${location.origin}/v1/executions/${id}`}</code>
      </p>
      <pre class="text" tabIndex={0}>
        {showInvisible(text.slice(0, shownCharacters))}
        {text.length > shownCharacters &&
          `\n… ${text.length - shownCharacters} more characters: copy the JSON to see them`}
      </pre>
    </>
  );
}
