import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRedisClient, type ExecutionRequest } from '../../src/client/index.ts';
import type { BenchParts } from '../bench-parts.ts';
import type { BenchSize } from '../bench-size.ts';
import { interleave, medianOf } from '../interleave.ts';
import { serveAgent } from '../serve-agent.ts';
import { round } from '../summarise.ts';

const run = promisify(execFile);
const directories = 100;
const filesInEach = 100;
const bucket = 'exec-agent';

const request: ExecutionRequest = {
  container: { image: 'alpine:latest', command: ['cp', '-r', '/workspace/input/tree', '/workspace/output/tree'] },
  input: { minio_objects: [{ object_name: 'tree/', local_path: 'tree/' }] },
  output: { expected_files: ['tree/'] },
};

/**
 * 10,000 small files into a container and, copied there, back inside the answer; over `tar` of the same tree, copied and
 * packed again in the same way.
 */
export async function measureFiles(parts: BenchParts, size: BenchSize) {
  const variables = { ...parts.agentVariables('files'), EXEC_RUNTIME: 'oci' };
  const objects = join(variables.EXEC_DATA_DIR, 'objects', bucket);
  await makeTree(join(objects, 'tree'));
  const agent = await serveAgent(variables);
  const [requestChannel, responseChannel] = [variables.EXEC_REQUEST_CHANNEL, variables.EXEC_RESPONSE_CHANNEL];
  const client = await createRedisClient({ url: parts.redisUrl, requestChannel, responseChannel });
  const phases: unknown[] = [];
  try {
    const timed = await interleave(
      [
        {
          name: 'agent',
          run: async () => {
            const { success, error, result } = await client.run(request);
            if (!success) throw new Error(error);
            if (result?.output_files.length !== directories * filesInEach) throw new Error('files are missing');
            phases.push(result.metadata.phases);
          },
        },
        { name: 'tar', run: () => copyByTar(objects, parts.directory) },
      ],
      { rounds: { full: 7, quick: 2, smoke: 1 }[size], warmups: size === 'smoke' ? 0 : 1 },
    );
    return {
      small_files_ratio: round(medianOf(timed, 'agent') / medianOf(timed, 'tar')),
      small_files_ms: Object.fromEntries(timed.map(({ name, summary }) => [name, summary])),
      small_files_phases_ms: phases.at(-1),
    };
  } finally {
    await client.close();
    await agent.stop();
  }
}

async function makeTree(tree: string): Promise<void> {
  for (let directory = 0; directory < directories; directory += 1) {
    await mkdir(join(tree, `${directory}`), { recursive: true });
    for (let file = 0; file < filesInEach; file += 1)
      await writeFile(
        join(tree, `${directory}`, `${file}.json`),
        JSON.stringify({ directory, file, text: 'x'.repeat(100) }),
      );
  }
}

/** The way of the files through an execution: in, copied, out. */
async function copyByTar(source: string, place: string): Promise<void> {
  const to = await mkdtemp(join(place, 'tar-'));
  try {
    const script =
      'mkdir in out back && tar -C "$0" -cf - . | tar -C in -xf - && cp -r in/. out && tar -C out -cf - . | tar -C back -xf -';
    await run('sh', ['-c', script, source], { cwd: to });
  } finally {
    await rm(to, { recursive: true });
  }
}
