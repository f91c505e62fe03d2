import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { noteClient } from './note-client.ts';
import { openWorkflowBench, type WorkflowBench } from './open-workflow-bench.ts';
import { makePythonPrograms, type PythonPrograms } from './python-programs.ts';

const { signal } = new AbortController();
const minutes = 60_000;

const snakemakeImage = 'snakemake:9.27.1';
const snakefile = `rule all:
    input: "result.txt"

rule first:
    output: "first.txt"
    shell: "echo one > {output}"

rule second:
    input: "first.txt"
    output: "second.txt"
    shell: "(cat {input}; echo two) > {output}"

rule third:
    input: "second.txt"
    output: "result.txt"
    shell: "(cat {input}; echo three) > {output}"
`;

describeWith(['redis', 'docker', 's3', 'debian-image'], 'TES with workflow engines', () => {
  let bench: WorkflowBench;
  let snakemake: PythonPrograms;
  beforeAll(async () => {
    snakemake = await makePythonPrograms({
      image: snakemakeImage,
      // Lists the sources of a workflow.
      debian: ['git'],
      packages: ['snakemake==9.27.1', 'snakemake-executor-plugin-tes==0.1.3', 'snakemake-storage-plugin-s3==0.3.6'],
    });
    bench = await openWorkflowBench();
  }, 30 * minutes);
  afterAll(() => bench?.close());

  test('Snakemake: runs a workflow of three rules with S3 storage', { timeout: 20 * minutes }, async () => {
    await bench.load(snakemake);
    const printed = await bench.run({
      programs: snakemake,
      // The plugin prints this log when a task fails.
      files: { Snakefile: snakefile, 'funnel.log': '' },
      env: {
        GITHUB_WORKSPACE: '.',
        SNAKEMAKE_STORAGE_S3_ACCESS_KEY: bench.server.accessKey,
        SNAKEMAKE_STORAGE_S3_SECRET_KEY: bench.server.secretKey,
      },
      args: [
        ...['python3', '-m', 'snakemake', '--executor', 'tes', '--tes-url', `${bench.url}/ga4gh/tes`, '--jobs', '2'],
        ...['--container-image', snakemakeImage, '--default-storage-provider', 's3'],
        ...['--default-storage-prefix', `s3://${bench.bucket}/flow`, '--storage-s3-endpoint-url', bench.endpoint],
        ...['--storage-s3-region', 'us-east-1', '--seconds-between-status-checks', '2'],
      ],
    });
    expect(printed).toContain('4 of 4 steps');
    const { tasks } = await bench.list('state=COMPLETE&name_prefix=snakejob');
    expect(tasks).toHaveLength(3);
    expect(await text((await bench.store.get({ name: 'flow/result.txt' }, signal)).body)).toBe('one\ntwo\nthree\n');
    await noteClient('snakemake 9.27.1, snakemake-executor-plugin-tes 0.1.3');
  });
});
