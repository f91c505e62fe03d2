import { isAllowlistEntry } from '../../support/net/host-allowlist.ts';
import { isPortRange } from '../../support/text/number-range.ts';
import { list, text } from './config-values.ts';

function isPlainPath(path: string): boolean {
  return path.startsWith('/') && !/(^|\/)\.{1,2}(\/|$)/.test(path);
}

/** What may run, and what inputs and outputs may reach. */
export const admissionSettings = {
  inputHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Inputs',
      env: 'EXEC_INPUT_HOSTS',
      description:
        'Hosts, addresses and networks outside the public internet that URL inputs may be fetched from: files.example.com,*.example.com,10.0.0.0/8.',
    }),
  inputDirectories: list(isPlainPath, 'absolute paths, with commas between them').optional().meta({
    group: 'Inputs',
    env: 'EXEC_INPUT_FILES',
    description: 'Directories of the host that file: URLs may be read from. Unset: none.',
  }),
  policyFile: text().optional().meta({
    group: 'Policy',
    env: 'EXEC_POLICY_FILE',
    description:
      'YAML file that controls which images each tenant may run, and with which limits. Reloaded when it changes. See docs/policy.md. Unset: only the limits below apply.',
  }),
  hostPorts: list(isPortRange, 'ports and ranges from 1 to 65535, with commas between them, such as 8001,20000-32767')
    .default(['20000-32767'])
    .meta({
      group: 'Policy',
      env: 'EXEC_PORTS',
      description:
        'Host ports that container.ports may publish on loopback: ports and ranges (8001,20000-32767). "ports" in the policy file replaces it.',
    }),
  uploadHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Outputs',
      env: 'EXEC_UPLOAD_HOSTS',
      description: 'Hosts, addresses and networks outside the public internet that output.upload_to may send files to.',
    }),
  outputDirectories: list(isPlainPath, 'absolute paths, with commas between them').optional().meta({
    group: 'Outputs',
    env: 'EXEC_OUTPUT_FILES',
    description:
      'Directories of the host that file: URLs of outputs may be written below, by the tenant default alone. A file replaces one that exists. Unset: none.',
  }),
};
