import { type ExecutionView, getExecutionText } from '../../api/executions.ts';
import { addressOf } from '../../base.ts';
import { JsonView } from '../../json/json-view.tsx';
import { CopyButton, Problem, Skeleton } from '../../parts/basics.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';

/** The execution as the API returns it, with every digit of every number. */
export function ResponseTab({ execution }: { readonly execution: ExecutionView }) {
  const { execution_id: id, state } = execution;
  const { value, error, reload } = useLoaded(`${id} ${state}`, () => getExecutionText(id));
  if (error !== undefined) return <Problem error={error} onRetry={reload} />;
  if (value === undefined) return <Skeleton />;
  return (
    <>
      <p class="small">
        <CopyButton text={value} label="the JSON" />{' '}
        <code>{`curl ${location.origin}${addressOf(`/v1/executions/${id}`)}`}</code>
      </p>
      <JsonView json={value} />
    </>
  );
}
