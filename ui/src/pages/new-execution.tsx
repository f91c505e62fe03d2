import { useState } from 'preact/hooks';
import type { PolicyFindings } from '../../../src/wire/http/policy.ts';
import { getRequestText, submitExecution, testPolicy } from '../api/executions.ts';
import { addressOf } from '../base.ts';
import { indentJson } from '../json/indent-json.ts';
import { Problem, Skeleton, useTitle } from '../parts/basics.tsx';
import { toError, useLoaded } from '../parts/use-loaded.ts';
import { executionUrl, goTo, place } from '../router.ts';
import { asNewRequest } from './execution/as-new-request.ts';
import { Findings } from './new-execution/findings.tsx';
import { JsonEditor } from './new-execution/json-editor.tsx';

const template = `{
  "container": {
    "image": "alpine:latest",
    "command": ["sh", "-c", "echo hello; date > /workspace/output/date.txt"]
  },
  "output": { "expected_files": ["./"] },
  "timeout": 60
}`;

/** Writes a request and submits it; with `?from=ID` it begins with the request of that execution. */
export function NewExecutionPage() {
  const from = place.value.query.get('from');
  return from === null ? <Editor begin={template} /> : <RunAgain key={from} id={from} />;
}

function RunAgain({ id }: { readonly id: string }) {
  const { value, error, reload } = useLoaded(`request ${id}`, async () =>
    asNewRequest(indentJson(await getRequestText(id))),
  );
  if (error !== undefined) return <Problem error={error} onRetry={reload} />;
  return value === undefined ? <Skeleton /> : <Editor begin={value} />;
}

function Editor({ begin }: { readonly begin: string }) {
  const [text, setText] = useState(begin);
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const [findings, setFindings] = useState<PolicyFindings>();
  useTitle('New execution');
  const change = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    setFindings(undefined);
    try {
      JSON.parse(text);
      await work();
    } catch (failure) {
      setError(toError(failure));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void change(async () => {
      const { execution_id: id } = await submitExecution(text);
      goTo(executionUrl(id, 'log'));
    });
  };
  const check = () => change(async () => setFindings(await testPolicy(text)));
  return (
    <form onSubmit={submit}>
      <h1>New execution</h1>
      <JsonEditor text={text} onText={setText} isWrong={error !== undefined} problemId="problem" />
      {error !== undefined && (
        <div id="problem">
          <Problem error={error} />
        </div>
      )}
      {findings !== undefined && <Findings {...findings} />}
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy}>
          Run
        </button>
        <button type="button" disabled={isBusy} onClick={() => void check()}>
          Check
        </button>
        <a href={addressOf('/docs')} target="_blank" rel="noopener">
          What a request can have
        </a>
      </div>
    </form>
  );
}
