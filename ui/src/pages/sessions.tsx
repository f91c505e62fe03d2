import { useState } from 'preact/hooks';
import { loginNeeded } from '../api/call.ts';
import { closeSession, closeSessions, listSessions } from '../api/session.ts';
import { Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { confirm } from '../parts/confirm-dialog.tsx';
import { ActionsHead, RowAction } from '../parts/row-action.tsx';
import { toError, useLoaded } from '../parts/use-loaded.ts';
import { nameBrowser } from './sessions/name-browser.ts';

/** Where the user is logged in, and how to end that. */
export function SessionsPage() {
  const { value, error, reload } = useLoaded('sessions', listSessions);
  const [failure, setFailure] = useState<Error>();
  useTitle('Sessions');
  const change = async (work: () => Promise<void>, isOwn: boolean) => {
    setFailure(undefined);
    try {
      await work();
      if (isOwn) loginNeeded.value = true;
      else reload();
    } catch (problem) {
      setFailure(toError(problem));
    }
  };
  const closeAll = async () => {
    if (await confirm('End every session of your token, this one too? The token itself stays valid.', 'Log out'))
      await change(closeSessions, true);
  };
  return (
    <>
      <div class="head">
        <h1>Sessions</h1>
        {value !== undefined && value.length > 0 && (
          <button type="button" class="danger" onClick={() => void closeAll()}>
            Log out everywhere …
          </button>
        )}
      </div>
      <p class="small">
        Where you are logged in to this dashboard with your token. A session that you do not know is a reason to revoke
        the token.
      </p>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {failure !== undefined && <Problem error={failure} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value?.length === 0 && (
        <p class="empty">You are not logged in: this agent has no token yet and serves everyone on its host.</p>
      )}
      {value !== undefined && value.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Browser</th>
              <th scope="col">From</th>
              <th scope="col">Logged in</th>
              <th scope="col">Last use</th>
              <ActionsHead />
            </tr>
          </thead>
          <tbody>
            {value.map(({ id, opened_at, used_at, from, user_agent, is_current }) => (
              <tr key={id} class={is_current ? 'selected' : ''}>
                <td title={user_agent}>
                  <Name>{nameBrowser(user_agent)}</Name>
                  {is_current && <span class="tag">this one</span>}
                </td>
                <td data-label="from">{from}</td>
                <td data-label="logged in">
                  <Time at={opened_at} />
                </td>
                <td data-label="last use">
                  <Time at={used_at} />
                </td>
                <RowAction
                  label={`End the session ${id}`}
                  onAct={() => void change(() => closeSession(id), is_current)}
                >
                  end
                </RowAction>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
