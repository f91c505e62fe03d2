/** What one step wrote. */
export interface StepText {
  readonly stdout: string;
  readonly stderr: string;
}

const line = /^\S+ (stdout|stderr|agent) (.*)$/;
const endOfStep = /^the container ended with code /;

/**
 * The log of an execution, which has time and source in front of each line, by step. A step ends where the agent says so;
 * no container can write a line of the agent.
 */
export function splitLog(log: string, steps: number): readonly StepText[] {
  const texts = Array.from({ length: steps }, () => ({ stdout: '', stderr: '' }));
  let current = 0;
  for (const each of log.split('\n')) {
    const [, source, text = ''] = line.exec(each) ?? [];
    const step = texts[Math.min(current, steps - 1)];
    if (step === undefined) continue;
    if (source === 'agent') current += endOfStep.test(text) ? 1 : 0;
    else if (source === 'stdout' || source === 'stderr') step[source] += `${text}\n`;
    // The mark for what was left out of the middle.
    else if (each !== '') step.stdout += `${each}\n`;
  }
  return texts;
}
