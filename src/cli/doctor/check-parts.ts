import type { FoundPart } from '../../agent/system-parts/find-system-parts.ts';
import type { Check } from './check.ts';
import { missingParts, type Wanted } from './needed-parts.ts';

const section = 'System parts';

export function checkParts(found: readonly FoundPart[], wanted: Wanted): readonly Check[] {
  const needed = missingParts(found, wanted);
  return found.map(({ part, path, version }) => {
    const { name, purpose, debianPackage, elsewhere } = part;
    if (path !== undefined) {
      const detail = version === undefined ? path : `${version}  ${path}`;
      return { section, name, state: 'ok', detail };
    }
    if (!needed.includes(part))
      return { section, name, state: 'off', detail: `not installed, not needed (${purpose})` };
    const cure = `Debian or Ubuntu: apt-get install ${debianPackage}. Elsewhere: ${elsewhere}.`;
    return { section, name, state: 'warn', detail: `missing: ${purpose}`, cure };
  });
}
