import { type DemoJob, type DemoPlace, expectEqual } from './demo-job.ts';

const timeoutSeconds = 2;
const command = 'n=0; while true; do n=$((n + 1)); echo "row $n" >> /workspace/output/rows.txt; sleep 0.2; done';

/** A command that takes too long: it is stopped, and what it had written comes back. */
export function timeoutJob({ image }: DemoPlace): DemoJob {
  return {
    title: 'A job that takes too long',
    story: `it is stopped after ${timeoutSeconds} s; the rows it had written are returned`,
    request: {
      correlation_id: 'demo-4-timeout',
      container: { image, command: ['sh', '-c', command] },
      output: { expected_files: ['rows.txt'] },
      timeout: timeoutSeconds,
    },
    differences: async ({ success, error_code: code, result }) => {
      const rows = result?.output_files.find(({ name }) => name === 'rows.txt')?.content ?? '';
      return [
        ...expectEqual('success', success, false),
        ...expectEqual('error_code', code, 'TIMEOUT'),
        ...(rows.startsWith('row 1\n')
          ? []
          : [`rows.txt is ${JSON.stringify(rows)}, expected the rows written so far`]),
      ];
    },
  };
}
