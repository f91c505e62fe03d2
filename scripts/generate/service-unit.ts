import { makeUnit, unitMark } from '../../src/cli/service/make-unit.ts';
import type { GeneratedFile } from './generated-file.ts';

/** The unit of a program in its usual place, for those who do not use `exec-agent service install`. */
export function makeServiceUnit(): GeneratedFile {
  const text = makeUnit({
    command: ['/usr/local/bin/exec-agent'],
    user: undefined,
    environmentFile: '/etc/exec-agent/exec-agent.env',
  });
  const head =
    '# As "exec-agent service install" writes it. By hand: copy it to /etc/systemd/system/, then: systemctl enable --now exec-agent';
  return { path: 'deploy/exec-agent.service', text: text.replace(unitMark, head) };
}
