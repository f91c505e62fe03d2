import { seconds, text } from './config-values.ts';

/** How images are scanned before they run. */
export const scanSettings = {
  scanCommand: text().optional().meta({
    group: 'Policy',
    env: 'EXEC_SCAN_COMMAND',
    description:
      'Command that scans an image and prints JSON of Trivy or Grype. Placeholders: {id}, {digest}, {reference} or, on oci, {rootfs}. Examples: "trivy image --quiet --format json {id}", "grype --output json dir:{rootfs}".',
  }),
  scanTimeout: seconds(1, 86_400).default(600).meta({
    group: 'Policy',
    env: 'EXEC_SCAN_TIMEOUT',
    description: 'Maximum seconds for one scan.',
  }),
  scanMaxAge: seconds(0, 31_536_000).default(604_800).meta({
    group: 'Policy',
    env: 'EXEC_SCAN_MAX_AGE',
    description: 'Seconds after which an image is scanned again, because scanners learn of new vulnerabilities.',
  }),
};
