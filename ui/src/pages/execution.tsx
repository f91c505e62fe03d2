import { useEffect } from 'preact/hooks';
import { ApiError } from '../api/call.ts';
import { cancelExecution, deleteExecution, type ExecutionView, getExecution } from '../api/executions.ts';
import { may, session } from '../api/session.ts';
import { addressOf } from '../base.ts';
import { onStateChange } from '../live/connection.ts';
import { Badge, CopyButton, Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { confirm } from '../parts/confirm-dialog.tsx';
import { shorten } from '../parts/format.ts';
import { useTabIcon } from '../parts/tab-icon.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useRefresh } from '../parts/use-refresh.ts';
import { executionUrl, goTo } from '../router.ts';
import { FilesTab } from './execution/files-tab.tsx';
import { GraphTab, graphOf } from './execution/graph-tab.tsx';
import { LogTab } from './execution/log-tab.tsx';
import { RequestTab } from './execution/request-tab.tsx';
import { ResponseTab } from './execution/response-tab.tsx';
import { SummaryTab } from './execution/summary-tab.tsx';

const tabs = [
  ['summary', 'Summary', 's'],
  ['log', 'Log', 'l'],
  ['files', 'Files', 'f'],
  ['graph', 'Graph', 'h'],
  ['request', 'Request', 'u'],
  ['response', 'Response', 'r'],
] as const;

const queuedRefreshMs = 5000;

/** Few leave a graph. */
function tabsOf(execution: ExecutionView, current: string) {
  return tabs.filter(([name]) => name !== 'graph' || current === name || graphOf(execution) !== undefined);
}

/** One execution: what it is doing, what it printed, what it left. */
export function ExecutionPage({ id, tab }: { readonly id: string; readonly tab: string }) {
  const { value: execution, error, reload } = useLoaded(id, () => getExecution(id));
  const executionId = execution?.execution_id;
  useTitle(
    execution === undefined ? id : shorten(`${execution.code ?? execution.state} ${execution.name ?? executionId}`),
  );
  useTabIcon(execution?.code ?? execution?.state);
  useEffect(() => {
    if (executionId === undefined) return;
    // An execution has one address, also when it was found by its correlation id.
    if (executionId !== id) goTo(executionUrl(executionId, tab), { replace: true });
  }, [executionId, id, tab]);
  useEffect(
    () =>
      onStateChange((event) => {
        if (event === 'missed' || event.execution_id === id) reload();
      }),
    [id, reload],
  );

  // What others do changes its place in the queue, and sends no event here.
  useRefresh(reload, queuedRefreshMs, execution?.state === 'queued');

  if (execution === undefined) return error === undefined ? <Skeleton /> : <Missing error={error} onRetry={reload} />;
  return (
    <>
      <Head execution={execution} onChange={reload} />
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      <nav class="tabs" aria-label="Parts of the execution">
        {tabsOf(execution, tab).map(([name, title, key]) => (
          <a
            key={name}
            data-key={key}
            href={executionUrl(execution.execution_id, name)}
            {...(name === tab ? { 'aria-current': 'page' } : {})}
          >
            {title}
          </a>
        ))}
      </nav>
      {tab === 'log' && <LogTab execution={execution} />}
      {tab === 'files' && <FilesTab execution={execution} />}
      {tab === 'graph' && <GraphTab execution={execution} />}
      {tab === 'request' && <RequestTab id={execution.execution_id} />}
      {tab === 'response' && <ResponseTab execution={execution} />}
      {!['log', 'files', 'graph', 'request', 'response'].includes(tab) && <SummaryTab execution={execution} />}
    </>
  );
}

function Missing({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  if (!(error instanceof ApiError) || error.status !== 404) return <Problem error={error} onRetry={onRetry} />;
  return (
    <div class="empty">
      <p>There is no such execution, or its record is older than the agent keeps records (EXEC_RETENTION).</p>
      <a class="button" href={addressOf('/ui/')}>
        Executions
      </a>
    </div>
  );
}

function Tenant({ name }: { readonly name: string }) {
  return (
    <>
      tenant <Name>{name}</Name> ·{' '}
    </>
  );
}

function Head({ execution, onChange }: { readonly execution: ExecutionView; readonly onChange: () => void }) {
  const { execution_id: id, name, state, code, image, tenant, response } = execution;
  const isFinished = state === 'finished';
  return (
    <div class="head execution-head">
      <div>
        <p class="crumbs">
          <a href={addressOf('/ui/')}>Executions</a>
        </p>
        <h1>
          <Badge state={state} code={code} /> {name === undefined ? <code>{id.slice(0, 8)}</code> : <Name>{name}</Name>}
        </h1>
        <p class="small">
          <Name>{image}</Name> · {tenant !== undefined && tenant !== session.value?.tenant && <Tenant name={tenant} />}
          submitted <Time at={execution.submitted_at} /> · <code>{id}</code>{' '}
          <CopyButton text={id} label="the execution id" />
        </p>
        {response?.error !== undefined && (
          <p class="error-line">
            <Name>{response.error}</Name>
          </p>
        )}
      </div>
      {may('submit') && (
        <div class="buttons">
          <a class="button" href={addressOf(`/ui/new?from=${encodeURIComponent(id)}`)} data-key="a">
            Run again
          </a>
          {!isFinished && (
            <button
              type="button"
              class="danger"
              data-key="c"
              onClick={async () => {
                if (await confirm('The container is stopped. What it has written so far is kept.', 'Cancel it')) {
                  await cancelExecution(id);
                  onChange();
                }
              }}
            >
              Cancel
            </button>
          )}
          {isFinished && (
            <button
              type="button"
              onClick={async () => {
                if (await confirm('The record of this execution is deleted, with its output.', 'Delete it')) {
                  await deleteExecution(id);
                  goTo(addressOf('/ui/'));
                }
              }}
            >
              Delete
            </button>
          )}
        </div>
      )}
    </div>
  );
}
