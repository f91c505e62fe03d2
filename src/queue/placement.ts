import { ExecError } from '../support/exec-error.ts';
import { part, sentence } from '../wire/sentence.ts';

export type Labels = Readonly<Record<string, string>>;

// Enough to find a mistake by; an error stays short.
const labelsShown = 30;

/** Labels as the queue compares them: `arch=amd64,gpu=a100`, sorted. */
export function placementText(labels: Labels): string {
  return pairsOf(labels).join(',');
}

export function parsePlacement(text: string): Labels {
  const pairs = text.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.flatMap(([key = '', value = '']) => (key === '' ? [] : [[key, value]])));
}

/** Whether an agent with the labels can take what asks for that placement. */
export function carries(labels: Labels, placement: Labels): boolean {
  return Object.entries(placement).every(([key, value]) => labels[key] === value);
}

/**
 * @param agents the labels of each agent that is alive
 * @throws ExecError INVALID_REQUEST when none of them could ever take it
 */
export function refuseUnplaceable(placement: Labels, agents: readonly Labels[]): void {
  const asked = pairsOf(placement);
  if (asked.length === 0 || agents.some((labels) => carries(labels, placement))) return;
  const known = [...new Set(agents.flatMap(pairsOf))].toSorted();
  const more = known.length > labelsShown ? ` and ${known.length - labelsShown} more` : '';
  const carried =
    agents.length === 0
      ? 'No agent is running.'
      : `The running agents have ${known.slice(0, labelsShown).join(', ') || 'no labels'}${more}.`;
  throw new ExecError(
    'INVALID_REQUEST',
    sentence`${part('placement')}: no running agent has ${asked.length > 1 ? 'all of ' : ''}${asked.join(', ')}. ${carried} Correct it, or start an agent with EXEC_LABELS=${asked.join(',')}.`,
  );
}

function pairsOf(labels: Labels): readonly string[] {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted();
}
