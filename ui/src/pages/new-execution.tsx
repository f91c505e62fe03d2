import { useState } from 'preact/hooks';
import { submitExecution } from '../api/executions.ts';
import { Problem, useTitle } from '../parts/basics.tsx';
import { toError } from '../parts/use-loaded.ts';
import { executionUrl, goTo } from '../router.ts';

const template = `{
  "container": {
    "image": "alpine:latest",
    "command": ["sh", "-c", "echo hello; date > /workspace/output/date.txt"]
  },
  "output": { "expected_files": ["./"] },
  "timeout": 60
}`;

/** Writes a request and submits it. */
export function NewExecutionPage() {
  const [text, setText] = useState(template);
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  useTitle('New execution');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      JSON.parse(text);
      const { execution_id: id } = await submitExecution(text);
      goTo(executionUrl(id, 'log'));
    } catch (failure) {
      setError(toError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <h1>New execution</h1>
      <label class="editor">
        Request as JSON
        <textarea
          rows={18}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          {...(error === undefined ? {} : { 'aria-invalid': 'true', 'aria-describedby': 'problem' })}
        />
      </label>
      {error !== undefined && (
        <div id="problem">
          <Problem error={error} />
        </div>
      )}
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy}>
          Run
        </button>
        <a href="/docs" target="_blank" rel="noopener">
          What a request can have
        </a>
      </div>
    </form>
  );
}
