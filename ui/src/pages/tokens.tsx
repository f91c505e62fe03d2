import { listTokens } from '../api/operation.ts';
import { Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';

/** Who may call, without the tokens themselves. */
export function TokensPage() {
  const { value, error, reload } = useLoaded('tokens', listTokens);
  useTitle('Tokens');
  const tokens = value?.tokens;
  return (
    <>
      <h1>Tokens</h1>
      <p class="small">
        Create one with <code>exec-agent token create</code>, revoke one with <code>exec-agent token revoke ID</code>.
      </p>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {tokens === undefined && error === undefined && <Skeleton />}
      {tokens?.length === 0 && (
        <p class="empty">
          There is no token. Only callers on the host of the agent are served, and each may do everything.
        </p>
      )}
      {tokens !== undefined && tokens.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Id</th>
              <th scope="col">Name</th>
              <th scope="col">Tenant</th>
              <th scope="col">Scopes</th>
              <th scope="col">Created</th>
              <th scope="col">Expires</th>
            </tr>
          </thead>
          <tbody>
            {tokens.map(({ id, name, tenant, scopes, created_at, expires_at }) => (
              <tr key={id}>
                <td>
                  <code>{id}</code>
                </td>
                <td>
                  <Name>{name}</Name>
                </td>
                <td>
                  <Name>{tenant}</Name>
                </td>
                <td>{scopes.join(', ')}</td>
                <td>
                  <Time at={created_at} />
                </td>
                <td>{expires_at === undefined ? 'never' : <Time at={expires_at} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
