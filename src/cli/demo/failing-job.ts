import { type DemoJob, type DemoPlace, expectEqual } from './demo-job.ts';

const complaint = 'error: sales.csv has no column "price"';

/** A command that fails: the answer says so, with its exit code and what it printed. */
export function failingJob({ image }: DemoPlace): DemoJob {
  return {
    title: 'A job that fails',
    story: 'it exits with code 3; the response has the code and the output',
    request: {
      correlation_id: 'demo-3-failure',
      container: { image, command: ['sh', '-c', `echo "checking sales.csv"; echo '${complaint}' >&2; exit 3`] },
      output: { return_logs: true },
    },
    differences: async ({ success, error_code: code, result }) => [
      ...expectEqual('success', success, false),
      ...expectEqual('error_code', code, 'EXIT_NONZERO'),
      ...expectEqual('exit_code', result?.exit_code, 3),
      ...(result?.output.includes(complaint) === true ? [] : ['stderr is missing from output']),
    ],
  };
}
