import type { PolicyFindings } from '../../../../src/wire/http/policy.ts';
import { Name } from '../../parts/basics.tsx';

const looks: Readonly<Record<string, readonly [icon: string, look: string]>> = {
  passes: ['✓', 'good'],
  refuses: ['✕', 'bad'],
  later: ['◷', 'waiting'],
};

/** What the policy says of a request that does not run. */
export function Findings({ findings, admitted }: PolicyFindings) {
  return (
    <section aria-label="Check">
      <p role="status" class={admitted ? 'good' : 'bad'}>
        {admitted ? 'The policy admits this request.' : 'The policy refuses this request.'}
      </p>
      {findings.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              <th scope="col">Setting</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {findings.map(({ setting, verdict, says }, index) => (
              <tr key={index}>
                <td class={looks[verdict]?.[1] ?? ''}>
                  <span aria-hidden="true">{looks[verdict]?.[0] ?? '•'}</span> {verdict}
                </td>
                <td>
                  <code>{setting}</code>
                </td>
                <td>
                  <Name>{says}</Name>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
