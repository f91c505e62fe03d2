/** What `systemd-analyze verify` prints about the agent's unit: it also warns of other units of the host. */
export function linesAboutUnit(output: string): readonly string[] {
  return output.split('\n').filter((line) => line.includes('exec-agent.service'));
}
