import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { becomesTrue } from '../parts/poll.ts';
import { findFreePort } from '../parts/processes/free-port.ts';
import type { ServiceBench } from './open-service-bench.ts';

const inTime = 30_000;

export function portCases(bench: () => ServiceBench): void {
  describe.concurrent('and ports', () => {
    it('lead from the loopback of this machine into the container while it runs', async () => {
      const host = await findFreePort();
      const container = {
        image: 'alpine:latest',
        command: ['sh', '-c', 'echo "from inside" | nc -l -p 8000'],
        ports: { '8000': String(host) },
      };
      const running = bench().deployment.run({ container });
      expect(await becomesTrue(async () => (await readFrom(host)) === 'from inside\n', inTime)).toBe(true);
      expect((await running).success).toBe(true);
      expect(await becomesTrue(async () => (await readFrom(host)) === 'refused', inTime)).toBe(true);
    });

    it('that are not allowed are refused before anything runs', async () => {
      const container = { image: 'alpine:latest', command: ['true'], ports: { '8000': '443' } };
      expect(await bench().deployment.run({ container })).toMatchObject({
        error_code: 'POLICY_DENIED',
        error: expect.stringMatching(/^container\.ports\.8000: host port 443 is not allowed here\. .*EXEC_PORTS/),
      });
    });

    it('that are taken are refused by their number', async () => {
      const port = await bench().servers.listen((socket) => socket.on('error', () => undefined).end());
      const container = { image: 'alpine:latest', command: ['true'], ports: { '8000': String(port) } };
      const answer = await bench().deployment.run({ container });
      expect(answer).toMatchObject({
        error_code: 'START_FAILED',
        error: expect.stringMatching(
          new RegExp(`^Port ${port} cannot be opened on 127\\.0\\.0\\.1: .*container\\.ports`),
        ),
      });
    });
  });
}

function readFrom(port: number): Promise<string> {
  return text(connect(port, '127.0.0.1')).catch(() => 'refused');
}
