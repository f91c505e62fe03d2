import type { ExecutionView } from '../../api/executions.ts';
import { CopyButton, Fact, Facts, Name, Time } from '../../parts/basics.tsx';
import { formatBytes, formatDuration } from '../../parts/format.ts';
import { Waiting } from './waiting.tsx';

// `sha256:` and as much as tells images apart.
const shownDigest = 19;
const phaseNames = ['queued', 'staged', 'started', 'ran', 'collected'] as const;

export function SummaryTab({ execution }: { readonly execution: ExecutionView }) {
  const { response, tags, agent, correlation_id: correlationId, finished_at: finishedAt } = execution;
  const metadata = response?.result?.metadata;
  const usage = metadata?.resource_usage;
  const exitCode = response?.result?.exit_code;
  const services = Object.entries(metadata?.services ?? {});
  return (
    <>
      {metadata !== undefined && <Phases phases={metadata.phases} />}
      {execution.queue !== undefined && <Waiting queue={execution.queue} />}
      <Facts>
        {exitCode !== undefined && <Fact name="Exit code">{exitCode}</Fact>}
        {finishedAt !== undefined && (
          <Fact name="Finished">
            <Time at={finishedAt} />
          </Fact>
        )}
        {usage?.cpu_seconds !== undefined && <Fact name="CPU time">{usage.cpu_seconds.toFixed(2)} s</Fact>}
        {usage?.memory_peak_bytes !== undefined && (
          <Fact name="Peak memory">{formatBytes(usage.memory_peak_bytes)}</Fact>
        )}
        {metadata?.attempt !== undefined && <Fact name="Attempt">{metadata.attempt}</Fact>}
        {agent !== undefined && (
          <Fact name="Agent">
            <Name>{agent}</Name>
          </Fact>
        )}
        {metadata?.runtime !== undefined && <Fact name="Runtime">{metadata.runtime}</Fact>}
        {metadata?.image_digest !== undefined && (
          <Fact name="Image digest">
            <code title={metadata.image_digest}>{metadata.image_digest.slice(0, shownDigest)}…</code>{' '}
            <CopyButton text={metadata.image_digest} label="the digest" />
          </Fact>
        )}
        {correlationId !== null && (
          <Fact name="Correlation id">
            <Name>{correlationId}</Name>
          </Fact>
        )}
        {Object.entries(tags).map(([tag, value]) => (
          <Fact key={tag} name={`Tag ${tag}`}>
            <Name>{value}</Name>
          </Fact>
        ))}
      </Facts>
      {metadata?.warnings !== undefined && metadata.warnings.length > 0 && (
        <section>
          <h2>Warnings</h2>
          <ul>
            {metadata.warnings.map((warning) => (
              <li key={warning}>
                <Name>{warning}</Name>
              </li>
            ))}
          </ul>
        </section>
      )}
      {services.length > 0 && (
        <section>
          <h2>Services</h2>
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col">Calls</th>
                <th scope="col">Errors</th>
                <th scope="col">Data</th>
                <th scope="col">Tokens</th>
              </tr>
            </thead>
            <tbody>
              {services.map(([service, { calls, errors, bytes, tokens }]) => (
                <tr key={service}>
                  <td>{service}</td>
                  <td>{calls}</td>
                  <td>{errors}</td>
                  <td>{formatBytes(bytes)}</td>
                  <td>{tokens}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {response === undefined && <p class="small">The result is shown here when the execution has finished.</p>}
    </>
  );
}

type PhaseTimes = Readonly<Partial<Record<(typeof phaseNames)[number], number | undefined>>>;

/** How long each phase took, as parts of one bar. */
function Phases({ phases }: { readonly phases: PhaseTimes }) {
  const shown = phaseNames.flatMap((name) => {
    const ms = phases[name];
    return ms === undefined ? [] : [{ name, ms }];
  });
  const total = shown.reduce((sum, { ms }) => sum + ms, 0);
  if (total === 0) return null;
  return (
    <section aria-label="Phases">
      <svg class="phases" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
        {shown.map(({ name, ms }, index) => {
          const before = shown.slice(0, index).reduce((sum, each) => sum + each.ms, 0);
          return (
            <rect
              key={name}
              class={`phase-${name}`}
              x={(before / total) * 1000}
              width={(ms / total) * 1000}
              height="12"
            />
          );
        })}
      </svg>
      <ul class="legend">
        {shown.map(({ name, ms }) => (
          <li key={name}>
            <span class={`dot phase-${name}`} aria-hidden="true" /> {name} {formatDuration(ms)}
          </li>
        ))}
      </ul>
    </section>
  );
}
