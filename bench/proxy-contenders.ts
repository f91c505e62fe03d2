import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { becomesTrue } from '../tests/parts/poll.ts';
import { findFreePort } from '../tests/parts/processes/free-port.ts';

const serveProxy = fileURLToPath(new URL('./serve-proxy.ts', import.meta.url));
const startMs = 10_000;

export interface Started {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * The service proxy in a process of its own, built as the program is shipped: what runs from sources pays for the names of
 * its functions at each call.
 */
export async function startOurs(url: string, directory: string): Promise<Started> {
  const outfile = join(directory, 'serve-proxy.mjs');
  await build({
    entryPoints: [serveProxy],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const child = spawn(process.execPath, [outfile, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { port: Number(line), pid: child.pid ?? 0, stop: () => end(child) };
}

/** @param locations what its server serves @param upstream the port that `http://upstream` stands for */
export async function startNginx(
  program: string,
  parent: string,
  name: string,
  locations: string,
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
        default_type application/json; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
        ${locations}
      }
    }`;
  await writeFile(join(directory, 'nginx.conf'), config);
  const child = spawn(program, ['-e', `${directory}/error.log`, '-c', `${directory}/nginx.conf`], { stdio: 'inherit' });
  if (!(await becomesTrue(() => accepts(port), startMs)))
    throw new Error(`nginx did not start: ${directory}/error.log`);
  return { port, pid: child.pid ?? 0, stop: () => end(child) };
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
