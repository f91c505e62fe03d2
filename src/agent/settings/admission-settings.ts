import { isAllowlistEntry } from '../../support/addresses/host-allowlist.ts';
import { list, text } from './config-values.ts';

/** What may run, and what inputs and outputs may reach. */
export const admissionSettings = {
  inputHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Inputs',
      env: 'EXEC_INPUT_HOSTS',
      description:
        'Hosts, addresses and networks (files.example.com,*.example.com,10.0.0.0/8) that inputs may be read from by URL although they are not on the public internet.',
    }),
  inputDirectories: list(
    (path) => path.startsWith('/') && !/(^|\/)\.{1,2}(\/|$)/.test(path),
    'absolute paths, with commas between them',
  )
    .optional()
    .meta({
      group: 'Inputs',
      env: 'EXEC_INPUT_FILES',
      description: 'Directories of this machine that inputs may be read from by file: URLs. Unset: none.',
    }),
  policyFile: text().optional().meta({
    group: 'Policy',
    env: 'EXEC_POLICY_FILE',
    description:
      'What may run, with what, for whom: a YAML file, read again when it changes. See docs/policy.md. Unset: the limits below alone.',
  }),
  uploadHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Outputs',
      env: 'EXEC_UPLOAD_HOSTS',
      description:
        'Hosts, addresses and networks that output.upload_to may send files to by URL although they are not on the public internet.',
    }),
};
