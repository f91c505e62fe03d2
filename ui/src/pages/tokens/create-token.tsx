import { useState } from 'preact/hooks';
import type { CreatedToken } from '../../../../src/wire/http/tokens.ts';
import type { Scope } from '../../../../src/wire/scopes.ts';
import { createToken } from '../../api/operation.ts';
import { Problem } from '../../parts/basics.tsx';
import { toError } from '../../parts/use-loaded.ts';

const scopes: readonly (readonly [scope: Scope, what: string])[] = [
  ['submit', 'run, cancel and delete'],
  ['read', 'lists, logs and files'],
  ['operate', 'agents, queue, images, settings'],
  ['admin', 'other tenants and tokens'],
];
const usual: readonly Scope[] = ['submit', 'read'];

const dayMs = 86_400_000;
const lives = [
  ['', 'never'],
  ['1', 'in a day'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in a year'],
] as const;

/** A form for a new token. */
export function CreateToken({ onCreated }: { readonly onCreated: (token: CreatedToken) => void }) {
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const create = async (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const days = Number(text('days'));
    setBusy(true);
    setError(undefined);
    try {
      const token = await createToken({
        tenant: text('tenant'),
        name: text('name'),
        scopes: scopes.flatMap(([scope]) => (fields.has(scope) ? [scope] : [])),
        ...(days > 0 ? { expires_at: new Date(Date.now() + days * dayMs).toISOString() } : {}),
      });
      form.reset();
      onCreated(token);
    } catch (problem) {
      setError(toError(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void create(event.currentTarget);
      }}
    >
      <div class="filters">
        <label>
          Tenant
          <input name="tenant" required placeholder="research" />
        </label>
        <label>
          Name
          <input name="name" placeholder="what it is for" maxLength={256} />
        </label>
        <label>
          Expires
          <select name="days">
            {lives.map(([days, name]) => (
              <option key={days} value={days}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <fieldset class="scopes">
        <legend class="small">Scopes</legend>
        {scopes.map(([scope, what]) => (
          <label key={scope} class="check">
            <input type="checkbox" name={scope} defaultChecked={usual.includes(scope)} />
            {scope} <span class="small">({what})</span>
          </label>
        ))}
      </fieldset>
      <button type="submit" disabled={isBusy}>
        Create a token
      </button>
      {error !== undefined && <Problem error={error} />}
    </form>
  );
}
