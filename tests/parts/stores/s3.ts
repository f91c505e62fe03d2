import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../processes/free-port.ts';
import { DaemonEnded, startDaemon } from '../processes/start-daemon.ts';
import type { S3Program } from '../provided.ts';

export interface S3Options {
  /** Where its data and log go; one of its own that `stop` removes when absent. */
  readonly directory?: string;
  /** Fixed for a server that is started again; free ones when absent. */
  readonly ports?: readonly number[];
  /** Files in PEM; plain HTTP when absent. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** About how much it can hold, in MiB; SeaweedFS only. */
  readonly capacity?: number;
}

export interface S3Server {
  /** `http://127.0.0.1:…`, or `https:` */
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly pid: number;
  readonly directory: string;
  readonly ports: readonly number[];
  /** As `kill -9` does; the data directory stays. */
  kill(): Promise<void>;
  /** Ends it, and removes its directory unless the caller chose it. */
  stop(): Promise<void>;
}

interface Place {
  readonly directory: string;
  readonly ports: readonly number[];
  readonly options: S3Options;
}

interface Command {
  readonly port: number;
  readonly args: readonly string[];
  readonly isReady: () => Promise<boolean>;
}

const accessKey = 'tests-access-key';
const secretKey = 'tests-secret-key-of-length-40-0123456789';

const portTries = 3;

/** An S3 server on loopback, ready for reads and writes; it has one identity, which may do everything. */
export async function startS3(program: S3Program, options: S3Options = {}): Promise<S3Server> {
  for (let left = portTries; ; left -= 1) {
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 's3-')));
    try {
      return await startIn(directory, program, options);
    } catch (error) {
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
      // A port that was free a moment ago.
      const isTaken = error instanceof DaemonEnded && error.message.includes('address already in use');
      if (!isTaken || options.ports !== undefined || left === 0) throw error;
    }
  }
}

async function startIn(directory: string, program: S3Program, options: S3Options): Promise<S3Server> {
  await mkdir(join(directory, 'data'), { recursive: true });
  const ports = options.ports ?? (await findFreePorts());
  const place = { directory, ports, options };
  const { port, args, isReady } =
    program.kind === 'minio' ? await minioCommand(program, place) : await seaweedCommand(program, place);
  const daemon = await startDaemon({ program: 'env', args, logFile: join(directory, 'log'), isReady });
  return {
    endpoint: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    accessKey,
    secretKey,
    pid: daemon.pid,
    directory,
    ports,
    kill: () => daemon.stop('SIGKILL'),
    async stop() {
      // There is nothing to save.
      await daemon.stop('SIGKILL');
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

const portsOfSeaweed = 9;

async function findFreePorts(): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < portsOfSeaweed) ports.add(await findFreePort());
  return [...ports];
}

/** Small, so that a test's few buckets, which have volumes of their own, fit on a small disk. */
const volumeMiB = 64;

async function seaweedCommand({ path }: S3Program, { directory, ports, options }: Place): Promise<Command> {
  const [s3 = 0, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, https = 0] = ports;
  const identities = join(directory, 'identities.json');
  const credentials = [{ accessKey, secretKey }];
  await writeFile(identities, JSON.stringify({ identities: [{ name: 'tests', credentials, actions: ['Admin'] }] }));
  const { tls, capacity } = options;
  const data = [`-dir=${join(directory, 'data')}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'];
  const volumes = capacity === undefined ? 0 : Math.ceil(capacity / volumeMiB);
  const args = [
    ...[
      '-logtostderr=true',
      'server',
      ...data,
      '-filer',
      '-s3',
      `-s3.config=${identities}`,
      '-s3.iam=false',
      '-s3.autoCreateBucket=false',
    ],
    // The default makes a second start wait for a quarter of a minute.
    '-master.electionTimeout=1s',
    ...['-master.telemetry=false', `-master.volumeSizeLimitMB=${volumeMiB}`, `-volume.max=${volumes}`],
    ...[`-master.port=${master}`, `-master.port.grpc=${masterGrpc}`, '-volume.preStopSeconds=0'],
    ...[`-volume.port=${volume}`, `-volume.port.grpc=${volumeGrpc}`],
    ...[`-filer.port=${filer}`, `-filer.port.grpc=${filerGrpc}`, `-filer.localSocket=${join(directory, 'filer.sock')}`],
    ...[`-s3.port=${s3}`, `-s3.port.grpc=${s3Grpc}`, `-s3.localSocket=${join(directory, 's3.sock')}`],
    ...['-s3.port.iceberg=0', '-s3.port.lance=0'],
    ...(tls === undefined ? [] : [`-s3.port.https=${https}`, `-s3.cert.file=${tls.cert}`, `-s3.key.file=${tls.key}`]),
  ];
  const isReady = async () =>
    (await answers(`http://127.0.0.1:${s3}/`, 403)) && (await answers(`http://127.0.0.1:${master}/dir/assign`, 200));
  return { port: tls === undefined ? s3 : https, args: [path, ...args], isReady };
}

async function minioCommand({ path }: S3Program, { directory, ports, options }: Place): Promise<Command> {
  const [port = 0, consolePort] = ports;
  const certificates = join(directory, 'certificates');
  await mkdir(certificates, { recursive: true });
  if (options.tls !== undefined) {
    await copyFile(options.tls.cert, join(certificates, 'public.crt'));
    await copyFile(options.tls.key, join(certificates, 'private.key'));
  }
  const environment = [`MINIO_ROOT_USER=${accessKey}`, `MINIO_ROOT_PASSWORD=${secretKey}`, 'MINIO_UPDATE=off'];
  const addresses = ['--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`];
  const args = ['server', '--quiet', '--certs-dir', certificates, ...addresses, join(directory, 'data')];
  const scheme = options.tls === undefined ? 'http' : 'https';
  const isReady = () => answers(`${scheme}://127.0.0.1:${port}/minio/health/ready`, 200);
  return { port, args: [...environment, path, ...args], isReady };
}

function answers(url: string, status: number): Promise<boolean> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.destroy();
      resolve(response.statusCode === status);
    }).once('error', () => resolve(false));
  });
}
