import { listServices } from '../api/operation.ts';
import { Name, Problem, Skeleton, useTitle } from '../parts/basics.tsx';
import { useLoaded } from '../parts/use-loaded.ts';

/** The services that containers can call through this agent, and how much they did. */
export function ServicesPage() {
  const { value, error, reload } = useLoaded('services', listServices);
  useTitle('Services');
  return (
    <>
      <div class="head">
        <h1>Services</h1>
        <button type="button" onClick={reload}>
          Refresh
        </button>
      </div>
      <p class="small">
        Use by executions that finished on this agent since its start. The summary of an execution has its own use.
      </p>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value?.services.length === 0 && <p class="empty">This agent offers no services (EXEC_SERVICES).</p>}
      {value !== undefined && value.services.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Calls</th>
              <th scope="col">Errors</th>
              <th scope="col">Tokens</th>
              <th scope="col">Behind it</th>
            </tr>
          </thead>
          <tbody>
            {value.services.map(({ name, detail, calls, errors, tokens }) => (
              <tr key={name}>
                <td>
                  <Name>{name}</Name>
                </td>
                <td data-label="calls">{calls.toLocaleString()}</td>
                <td data-label="errors" class={errors > 0 ? 'bad' : ''}>
                  {errors.toLocaleString()}
                </td>
                <td data-label="tokens">{tokens.toLocaleString()}</td>
                <td>
                  <Name>{detail}</Name>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
