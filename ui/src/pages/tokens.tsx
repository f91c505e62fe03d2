import { useState } from 'preact/hooks';
import type { CreatedToken, TokenFacts } from '../../../src/wire/http/tokens.ts';
import { listTokens, revokeToken } from '../api/operation.ts';
import { may } from '../api/session.ts';
import { CopyButton, Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { confirm } from '../parts/confirm-dialog.tsx';
import { ActionsHead, RowAction } from '../parts/row-action.tsx';
import { toError, useLoaded } from '../parts/use-loaded.ts';
import { CreateToken } from './tokens/create-token.tsx';

/** Who may call; administrators create and revoke tokens. */
export function TokensPage() {
  const { value, error, reload } = useLoaded('tokens', listTokens);
  const [created, setCreated] = useState<CreatedToken>();
  const [failure, setFailure] = useState<Error>();
  useTitle('Tokens');
  const tokens = value?.tokens;
  const revoke = async ({ id, name, tenant }: TokenFacts) => {
    setFailure(undefined);
    const which = name === '' ? id : `${id} (${name})`;
    if (!(await confirm(`Revoke the token ${which} of the tenant ${tenant}? It ends at once.`, 'Revoke'))) return;
    try {
      await revokeToken(id);
    } catch (problem) {
      setFailure(toError(problem));
    }
    reload();
  };
  return (
    <>
      <h1>Tokens</h1>
      {may('admin') ? (
        <CreateToken
          onCreated={(token) => {
            setCreated(token);
            reload();
          }}
        />
      ) : (
        <p class="small">
          Tokens with the scope <code>admin</code>, and <code>exec-agent token</code>, create and revoke tokens.
        </p>
      )}
      {created !== undefined && (
        <p class="created" role="status">
          The new token, which is shown only once: <code class="long">{created.token}</code>{' '}
          <CopyButton text={created.token} label="the token" />
        </p>
      )}
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {failure !== undefined && <Problem error={failure} />}
      {tokens === undefined && error === undefined && <Skeleton />}
      {tokens?.length === 0 && (
        <p class="empty">
          There is no token. Only callers on the host of the agent are served, and each may do everything.
        </p>
      )}
      {tokens !== undefined && tokens.length > 0 && <Rows tokens={tokens} onRevoke={(token) => void revoke(token)} />}
    </>
  );
}

interface RowsProps {
  readonly tokens: readonly TokenFacts[];
  readonly onRevoke: (token: TokenFacts) => void;
}

function Rows({ tokens, onRevoke }: RowsProps) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">Name</th>
          <th scope="col">Tenant</th>
          <th scope="col">Scopes</th>
          <th scope="col">Created</th>
          <th scope="col">Expires</th>
          {may('admin') && <ActionsHead />}
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>
              <code>{token.id}</code>
            </td>
            <td>
              <Name>{token.name}</Name>
            </td>
            <td data-label="tenant">
              <Name>{token.tenant}</Name>
            </td>
            <td data-label="scopes:">{token.scopes.join(', ')}</td>
            <td data-label="created">
              <Time at={token.created_at} />
            </td>
            <td data-label="expires">{token.expires_at === undefined ? 'never' : <Time at={token.expires_at} />}</td>
            {may('admin') && (
              <RowAction label={`Revoke ${token.id}`} onAct={() => onRevoke(token)}>
                revoke
              </RowAction>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
