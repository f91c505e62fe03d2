import { useState } from 'preact/hooks';
import { logIn } from '../api/session.ts';
import { Problem, useTitle } from '../parts/basics.tsx';
import { toError } from '../parts/use-loaded.ts';

export function LoginPage({ onDone }: { readonly onDone: () => void }) {
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  useTitle('Log in');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    setBusy(true);
    try {
      await logIn(token);
      onDone();
    } catch (failure) {
      setError(toError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="login" onSubmit={submit}>
      <h1>Exec Agent</h1>
      <label>
        Token
        <input name="token" type="password" autocomplete="current-password" placeholder="exa_…" required autofocus />
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        Log in
      </button>
      {error !== undefined && <Problem error={error} />}
      <p class="small">
        Create a token on the host of the agent: <code>exec-agent token create</code>
      </p>
    </form>
  );
}
