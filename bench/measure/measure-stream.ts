import { execFile } from 'node:child_process';
import { chmod, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { round, summarise } from '../summarise.ts';

const run = promisify(execFile);
const GiB = 1024 ** 3;
const MiB = 1024 ** 2;

/** @returns what has nginx serve a file of 1 GiB below any path that ends in `/big` */
export async function makeBigFile(directory: string): Promise<string> {
  const path = join(directory, 'big.bin');
  await writeFile(path, '');
  await truncate(path, GiB);
  // nginx serves it as another user.
  await chmod(directory, 0o755);
  return `location ~ /big$ { root ${directory}; try_files /big.bin =404; }`;
}

/** 1 GiB that streams through the service proxy and through nginx, to a client that takes all it gets. */
export async function measureStream(
  curl: string,
  ports: { readonly nginx: number; readonly proxy: number },
  { pid, rounds }: { readonly pid: number; readonly rounds: number },
) {
  const perSecond = { nginx: [] as number[], proxy: [] as number[] };
  const before = await residentMb(pid, 'VmRSS');
  // The peak is counted from here on.
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  for (let index = 0; index < rounds; index++)
    for (const name of ['nginx', 'proxy'] as const) {
      const url = `http://127.0.0.1:${ports[name]}/data/big`;
      const { stdout } = await run(curl, ['-sS', '-o', '/dev/null', '-w', '%{size_download} %{speed_download}', url]);
      const [bytes, speed = Number.NaN] = stdout.split(' ').map(Number);
      if (bytes !== GiB) throw new Error(`${url}: ${bytes} bytes came in place of ${GiB}`);
      perSecond[name].push(speed / MiB);
    }
  const peak = await residentMb(pid, 'VmHWM');
  const [nginx, proxy] = [summarise(perSecond.nginx).median, summarise(perSecond.proxy).median];
  return {
    proxy_stream_rss_mb: Math.round(peak),
    proxy_stream_grew_mb: Math.round(peak - before),
    proxy_stream_mb_per_s: Math.round(proxy),
    proxy_stream_vs_nginx: round(proxy / nginx),
  };
}

async function residentMb(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`process ${pid} has no ${field}`);
  return Number(found) / 1024;
}
