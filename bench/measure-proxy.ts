import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../src/support/find-program.ts';
import { findFreePort } from '../tests/parts/free-port.ts';
import { becomesTrue } from '../tests/parts/poll.ts';
import { runWrk } from './run-wrk.ts';
import { round, summarise } from './summarise.ts';

const serveProxy = fileURLToPath(new URL('./serve-proxy.ts', import.meta.url));
const startMs = 10_000;
const connections = 32;
const names = ['direct', 'nginx', 'proxy'] as const;

/**
 * Requests per second through the service proxy over those through nginx, to the same upstream: one worker each, kept
 * connections on both sides. And what the proxy adds to one request at a time.
 */
export async function measureProxy({ quick }: { readonly quick: boolean }) {
  const [nginx, wrk] = await Promise.all([needed('nginx', 'nginx-light'), needed('wrk', 'wrk')]);
  const directory = await mkdtemp(join(tmpdir(), 'bench-proxy-'));
  const stops: (() => Promise<void>)[] = [];
  try {
    const upstream = await startNginx(nginx, directory, 'upstream', `return 200 '${answer}';`);
    stops.push(upstream.stop);
    const peer = await startNginx(nginx, directory, 'peer', 'proxy_pass http://upstream;', upstream.port);
    stops.push(peer.stop);
    const ours = await startOurs(`http://127.0.0.1:${upstream.port}`);
    stops.push(ours.stop);
    const contenders = { direct: upstream.port, nginx: peer.port, proxy: ours.port };
    const many = await measure(wrk, contenders, { connections, rounds: quick ? 3 : 7, seconds: quick ? 1 : 2 });
    const single = await measure(wrk, contenders, { connections: 1, rounds: quick ? 3 : 5, seconds: 1 });
    return {
      proxy_vs_nginx: round(middle(many.proxy.perSecond) / middle(many.nginx.perSecond)),
      proxy_added_ms: round(middle(single.proxy.p50Ms) - middle(single.direct.p50Ms)),
      proxy_per_second: Math.round(middle(many.proxy.perSecond)),
      nginx_added_ms: round(middle(single.nginx.p50Ms) - middle(single.direct.p50Ms)),
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const answer = '{"nodes":[{"id":"1","labels":["A"]},{"id":"2","labels":["B"]}],"relationships":[],"took_ms":3}';

const middle = (samples: readonly number[]) => summarise(samples).median;

interface Plan {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** In turn, so that a machine that becomes slower is slower for all of them. */
async function measure(wrk: string, ports: Readonly<Record<(typeof names)[number], number>>, plan: Plan) {
  const samples = () => ({ perSecond: [] as number[], p50Ms: [] as number[] });
  const measured = { direct: samples(), nginx: samples(), proxy: samples() };
  for (let index = -1; index < plan.rounds; index++) {
    for (const name of names) {
      const url = `http://127.0.0.1:${ports[name]}/data/query`;
      const { perSecond, p50Ms } = await runWrk(wrk, { ...plan, url });
      if (index < 0) continue;
      measured[name].perSecond.push(perSecond);
      measured[name].p50Ms.push(p50Ms);
    }
  }
  return measured;
}

interface Started {
  readonly port: number;
  stop(): Promise<void>;
}

async function startOurs(url: string): Promise<Started> {
  const child = spawn(process.execPath, ['--import', 'tsx', serveProxy, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { port: Number(line), stop: () => end(child) };
}

async function startNginx(
  program: string,
  parent: string,
  name: string,
  location: string,
  upstream = 1,
): Promise<Started> {
  const directory = join(parent, name);
  await mkdir(directory);
  const port = await findFreePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${directory}/${kind};`,
  );
  const config = `
    daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off; keepalive_requests 100000000; ${temporary.join(' ')}
      upstream upstream { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 100000000; }
      server {
        listen 127.0.0.1:${port};
        location / {
          default_type application/json; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
          ${location}
        }
      }
    }`;
  await writeFile(join(directory, 'nginx.conf'), config);
  const child = spawn(program, ['-e', `${directory}/error.log`, '-c', `${directory}/nginx.conf`], { stdio: 'inherit' });
  if (!(await becomesTrue(() => accepts(port), startMs)))
    throw new Error(`nginx did not start: ${directory}/error.log`);
  return { port, stop: () => end(child) };
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function needed(name: string, debianPackage: string): Promise<string> {
  const program = await findProgram(name, process.env.PATH ?? '');
  if (program === undefined) throw new Error(`${name} is not there: apt-get install ${debianPackage}`);
  return program;
}
