import { randomUUID } from 'node:crypto';
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

// Toil takes an image whose tag has this commit without a question to a registry.
const toilImage = 'toil:9.6.0-6793fc7f112785e13a229691d6de23225e73339e';
const workflow = `import os
from toil.common import Toil
from toil.job import Job


def part(job, word):
    job.log(f"part {word}")
    return word


def join(job, words):
    path = os.path.join(job.fileStore.getLocalTempDir(), "words")
    with open(path, "w") as file:
        file.write(" ".join(words))
    return job.fileStore.writeGlobalFile(path)


def begin(job):
    words = [job.addChildJobFn(part, word).rv() for word in ("one", "two")]
    return job.addFollowOnJobFn(join, words).rv()


if __name__ == "__main__":
    options = Job.Runner.getDefaultArgumentParser().parse_args()
    with Toil(options) as toil:
        found = toil.start(Job.wrapJobFn(begin))
        toil.exportFile(found, f"file://{os.getcwd()}/result.txt")
        print("result:", open("result.txt").read())
`;

describeWith(['redis', 'docker', 's3', 'debian-image'], 'TES with workflow engines', () => {
  let bench: WorkflowBench;
  let snakemake: PythonPrograms;
  let toil: PythonPrograms;
  beforeAll(async () => {
    snakemake = await makePythonPrograms({
      image: snakemakeImage,
      // Lists the sources of a workflow.
      debian: ['git'],
      packages: ['snakemake==9.27.1', 'snakemake-executor-plugin-tes==0.1.3', 'snakemake-storage-plugin-s3==0.3.6'],
    });
    // The plugin asks for an older Toil, which keeps its jobs in a database beside S3, and an older py-tes, which does not
    // read the service info of TES 1.1.
    toil = await makePythonPrograms({
      image: toilImage,
      packages: ['toil[aws]==9.6.0', 'py-tes==1.1.4'],
      loose: ['toil-batch-system-tes==2.0.0'],
      files: { '/opt/workflow.py': workflow },
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

  test('Toil: runs a workflow of four jobs with a job store in S3', { timeout: 20 * minutes }, async () => {
    await bench.load(toil);
    const completed = async () => (await bench.list('state=COMPLETE')).tasks.length;
    const before = await completed();
    const access = {
      AWS_ACCESS_KEY_ID: bench.server.accessKey,
      AWS_SECRET_ACCESS_KEY: bench.server.secretKey,
      AWS_ENDPOINT_URL_S3: bench.endpoint,
    };
    const printed = await bench.run({
      programs: toil,
      files: {},
      env: { ...access, TOIL_APPLIANCE_SELF: toilImage },
      args: [
        ...['python3', '/opt/workflow.py', `aws:us-east-1:toil-${randomUUID()}`, '--batchSystem', 'tes'],
        // Otherwise jobs fetch the workflow from S3 without credentials.
        ...['--disableAutoDeployment', 'True', '--tesEndpoint', bench.url],
        ...['--defaultMemory', '512M', '--defaultDisk', '200M'],
        ...Object.entries(access).flatMap(([name, value]) => ['--setEnv', `${name}=${value}`]),
      ],
    });
    expect(printed).toContain('result: one two');
    expect((await completed()) - before).toBeGreaterThanOrEqual(4);
    await noteClient('toil 9.6.0, toil-batch-system-tes 2.0.0');
  });
});
