import { useState } from 'preact/hooks';
import type { PolicyFindings } from '../../../src/wire/http/policy.ts';
import { testPolicy } from '../api/executions.ts';
import { getPolicyText } from '../api/operation.ts';
import { indentJson } from '../json/indent-json.ts';
import { Problem, Skeleton, useTitle } from '../parts/basics.tsx';
import { toError, useLoaded } from '../parts/use-loaded.ts';
import { Findings } from './new-execution/findings.tsx';

const noPolicy = indentJson('{"policy":{}}');
const example = `{
  "container": { "image": "alpine:latest", "command": ["true"] }
}`;

/** The policy in force, and what it says of a request. */
export function PolicyPage() {
  const { value, error, reload } = useLoaded('policy', async () => indentJson(await getPolicyText()));
  useTitle('Policy');
  return (
    <>
      <h1>Policy</h1>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value !== undefined && (
        <>
          <p class="small">
            In force on the agent that responds. It is read from the file that <code>EXEC_POLICY_FILE</code> names; what
            it leaves open, the settings decide.
          </p>
          {value === noPolicy ? (
            <p class="empty">There is no policy file: only the settings limit what tenants may run.</p>
          ) : (
            <pre class="text" tabIndex={0}>
              {value}
            </pre>
          )}
        </>
      )}
      <Tester />
    </>
  );
}

function Tester() {
  const [text, setText] = useState(example);
  const [findings, setFindings] = useState<PolicyFindings>();
  const [error, setError] = useState<Error>();
  const test = async (event: SubmitEvent) => {
    event.preventDefault();
    setFindings(undefined);
    setError(undefined);
    try {
      JSON.parse(text);
      setFindings(await testPolicy(text));
    } catch (failure) {
      setError(toError(failure));
    }
  };
  return (
    <form onSubmit={(event) => void test(event)}>
      <h2>Test a request</h2>
      <label class="editor">
        Request as JSON
        <textarea
          rows={6}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit">Test</button>
      </div>
      {error !== undefined && <Problem error={error} />}
      {findings !== undefined && <Findings {...findings} />}
    </form>
  );
}
