import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, inject, it } from 'vitest';
import type { ServiceBench } from './open-service-bench.ts';

const base = 'http://host.docker.internal:9000';

export function refusedCases(bench: () => ServiceBench): void {
  describe.concurrent('that were not granted', () => {
    it('are refused by name, for any path', async () => {
      const ask = (path: string) =>
        `{ printf 'GET %s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' '${path}'; sleep 0.5; } | nc 127.0.0.1 9000 | head -n 1`;
      const paths = ['/files/a', '/ai/query', '/nothing', '/data/../ai/query', '/data/%2e%2e/ai/query', '//ai/query'];
      const script = [...paths.map(ask), `wget -q -O - ${base}/ai/query 2>&1`].join('\n');
      const { result } = await bench().run(script, { service_access: ['data'] });
      const statuses = result?.output.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(-3));
      expect(statuses?.slice(0, 6)).toEqual(['403', '403', '404', '400', '400', '400']);
      expect(result?.metadata.services).toMatchObject({ data: { calls: 0 } });
      // The same path answers who was granted it.
      const granted = await bench().run(ask('/files/a'), { service_access: ['files'] });
      expect(granted.result?.output).toContain('HTTP/1.1 200');
    });

    it('and do not exist are refused at the door, with those that do', async () => {
      const answer = await bench().run('true', { service_access: ['data', 'mail'] });
      expect(answer).toMatchObject({
        success: false,
        error_code: 'INVALID_REQUEST',
        error: 'service_access: there is no service "mail" here. There is ai, data, files.',
      });
      expect(answer.result).toBeUndefined();
    });

    it('are no way to this machine, its Redis, its engine, another network or another execution', async () => {
      const targets = await openTargets(bench());
      for (const [host, port] of targets) expect(await answers(host, port), `${host}:${port}`).toBe(true);
      const unreachable = [...targets, ['169.254.169.254', 80], ['198.51.100.1', 443]] as const;
      const tries = unreachable.map(([host, port]) => `nc -w 2 ${host} ${port} </dev/null && echo ${host}:${port}`);
      const devices = "tail -n +3 /proc/net/dev | sed 's/:.*//; s/ //g'; cat /proc/net/route | wc -l";
      const sockets = 'ls /var/run/docker.sock /run/docker.sock 2>/dev/null';
      const granted = `wget -q -O - --post-data='{}' ${base}/data/query | grep -c success`;
      const { result, error } = await bench().run([...tries, sockets, devices, granted].join('\n'), {
        service_access: ['data'],
      });
      expect(error).toBeUndefined();
      expect(result?.output.replace(/^nc: .*\n/gm, '')).toBe('lo\n1\n1\n');
    });

    it('and an open network are refused without a policy that allows it', async () => {
      const container = { image: 'alpine:latest', command: ['true'], network: 'open' };
      const answer = await bench().deployment.run({ container });
      expect(answer).toMatchObject({
        error_code: 'POLICY_DENIED',
        error: expect.stringMatching(/^container\.network: /),
      });
    });

    it('are out of reach for one that runs at the same time and has none', async () => {
      const serve = 'echo secret | nc -l -p 8000';
      const other = bench().run(`${serve} & sleep 4; kill $!; true`, { service_access: ['data'] });
      const script = `for i in 1 2 3; do nc -w 1 127.0.0.1 8000; nc -w 1 127.0.0.1 9000 && echo open; sleep 1; done`;
      const { result } = await bench().run(script);
      expect(result?.output.replace(/^nc: .*\n/gm, '')).toBe('');
      expect((await other).success).toBe(true);
    });
  });
}

/** What listens on this machine, and answers who is out here. */
async function openTargets({ servers, deployment }: ServiceBench): Promise<readonly (readonly [string, number])[]> {
  const everywhere = await servers.listenEverywhere((socket) => socket.on('error', () => undefined).end('secret'));
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => [address, everywhere] as const);
  const engine = new URL(inject('docker').tlsHost);
  const redis = new URL(deployment.config.redisUrl ?? '');
  return [...own, [engine.hostname, Number(engine.port)], [redis.hostname, Number(redis.port)]];
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
