import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { startNginx, startOurs } from '../proxy-contenders.ts';
import { runWrk } from '../run-wrk.ts';
import { round, summarise } from '../summarise.ts';
import { makeBigFile, measureStream } from './measure-stream.ts';

const connections = 32;
const names = ['direct', 'nginx', 'proxy'] as const;

/**
 * Requests per second through the service proxy over those through nginx, to the same upstream: one worker each, kept
 * connections on both sides. What the proxy adds to one request at a time. And a large answer that streams through it.
 */
export async function measureProxy(size: BenchSize, tell: (line: string) => void) {
  const [nginx, wrk, curl] = await installPrograms(['nginx', 'wrk', 'curl'], tell);
  const plans = plansOf(size);
  const directory = await mkdtemp(join(tmpdir(), 'bench-proxy-'));
  const stops: (() => Promise<void>)[] = [];
  try {
    const big = await makeBigFile(directory);
    const upstream = await startNginx(nginx, directory, 'upstream', `location / { return 200 '${answer}'; } ${big}`);
    stops.push(upstream.stop);
    const peer = await startNginx(
      nginx,
      directory,
      'peer',
      'location / { proxy_pass http://upstream; }',
      upstream.port,
    );
    stops.push(peer.stop);
    const ours = await startOurs(`http://127.0.0.1:${upstream.port}`, directory);
    stops.push(ours.stop);
    const contenders = { direct: upstream.port, nginx: peer.port, proxy: ours.port };
    const many = await measure(wrk, contenders, plans.many);
    const single = await measure(wrk, contenders, plans.single);
    const streamed = await measureStream(
      curl,
      { nginx: peer.port, proxy: ours.port },
      { pid: ours.pid, rounds: plans.single.rounds },
    );
    return {
      proxy_vs_nginx: round(middle(many.proxy.perSecond) / middle(many.nginx.perSecond)),
      proxy_added_ms: round(middle(single.proxy.p50Ms) - middle(single.direct.p50Ms)),
      proxy_per_second: Math.round(middle(many.proxy.perSecond)),
      nginx_added_ms: round(middle(single.nginx.p50Ms) - middle(single.direct.p50Ms)),
      ...streamed,
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
  /** Rounds before those that count. */
  readonly warmups: number;
  readonly seconds: number;
}

function plansOf(size: BenchSize): { readonly many: Plan; readonly single: Plan } {
  const warmups = size === 'smoke' ? 0 : 1;
  const rounds = { full: { many: 7, single: 5 }, quick: { many: 3, single: 3 }, smoke: { many: 1, single: 1 } }[size];
  return {
    many: { connections, rounds: rounds.many, warmups, seconds: size === 'full' ? 2 : 1 },
    single: { connections: 1, rounds: rounds.single, warmups, seconds: 1 },
  };
}

/** In turn, so that a machine that becomes slower is slower for all of them. */
async function measure(wrk: string, ports: Readonly<Record<(typeof names)[number], number>>, plan: Plan) {
  const samples = () => ({ perSecond: [] as number[], p50Ms: [] as number[] });
  const measured = { direct: samples(), nginx: samples(), proxy: samples() };
  for (let index = -plan.warmups; index < plan.rounds; index++) {
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
