import { seconds, text } from './config-values.ts';

/** How images are scanned before they run. */
export const scanSettings = {
  scanCommand: text().optional().meta({
    group: 'Policy',
    env: 'EXEC_SCAN_COMMAND',
    description:
      'Command that prints what it finds in an image as JSON of Trivy or Grype, with {id}, {digest}, {reference} or, on oci, {rootfs} in it: "trivy image --quiet --format json {id}", "grype --output json dir:{rootfs}".',
  }),
  scanTimeout: seconds(1, 86_400).default(600).meta({
    group: 'Policy',
    env: 'EXEC_SCAN_TIMEOUT',
    description: 'Seconds that scanning an image may take.',
  }),
  scanMaxAge: seconds(0, 31_536_000).default(604_800).meta({
    group: 'Policy',
    env: 'EXEC_SCAN_MAX_AGE',
    description: 'Seconds after which an image is scanned again: scanners learn of new vulnerabilities.',
  }),
};
