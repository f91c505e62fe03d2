import type { ImageList } from '../../../../src/wire/http/images.ts';
import { Name, Time } from '../../parts/basics.tsx';

type Image = ImageList['images'][number];

/** Whether the policy lets the tenant of the user run the image, and why not. */
export function Verdict({ refused }: { readonly refused: NonNullable<Image['refused']> }) {
  if (refused.length === 0)
    return (
      <span class="badge good">
        <span aria-hidden="true">✓</span> allowed
      </span>
    );
  return (
    <>
      {refused.map(({ reference, says }) => (
        <div key={reference}>
          <span class="badge bad">
            <span aria-hidden="true">✕</span> refused
          </span>{' '}
          <span class="small">
            <Name>{says}</Name>
          </span>
        </div>
      ))}
    </>
  );
}

const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
const serious: readonly string[] = ['critical', 'high'];

/** How many vulnerabilities a scanner found, the worst first. */
export function Scan({ scan }: { readonly scan: Image['scan'] }) {
  if (scan === undefined) return <span class="small">not scanned</span>;
  const found = severities.filter((severity) => (scan.counts[severity] ?? 0) > 0);
  return (
    <>
      {found.length === 0 && <span class="good">none</span>}
      {found.map((severity) => (
        <div key={severity} class={serious.includes(severity) ? 'bad' : ''}>
          {scan.counts[severity]} {severity}
        </div>
      ))}
      <div class="small">
        <Name>{scan.scanner}</Name>, <Time at={scan.scanned_at} />
      </div>
    </>
  );
}
