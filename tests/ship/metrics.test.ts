import parsePrometheus from 'parse-prometheus-text-format';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { openHttpBench } from '../http/open-http-bench.ts';
import { describeWith } from '../parts/require-part.ts';

const familiesSchema = z.array(
  z.object({
    name: z.string(),
    help: z.string(),
    type: z.string(),
    metrics: z.array(z.object({ value: z.string().optional(), labels: z.record(z.string(), z.string()).optional() })),
  }),
);

describeWith('redis', 'the metrics of an agent', () => {
  test('are read by a Prometheus parser, are named as it wants them, and count what has ended', async () => {
    const files = [{ name: 'r', path: '/r', size: 7, content: 'x', encoding: 'utf8', truncated: false } as const];
    const networks = { ready: 2, takenReady: 7, waitedFor: 1 };
    const warm = { ready: 3, used: 4, cold: { none_ready: 2, gpu: 1 } };
    const bench = await openHttpBench({}, scriptedParts({ collected: { files }, stagedBytes: 5, networks, warm }));
    try {
      for (let n = 0; n < 3; n++) await bench.run(shell('true'));
      await bench.ask('/v1/executions/nothing-of-this-name');
      const response = await bench.ask('/metrics');
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
      const families = familiesSchema.parse(parsePrometheus(await response.text()));
      const valueIn = (name: string, labels: Readonly<Record<string, string>> = {}) => {
        const family = families.find((each) => each.name === name);
        return family?.metrics.find((metric) =>
          Object.entries(labels).every(([label, value]) => metric.labels?.[label] === value),
        )?.value;
      };
      expect(valueIn('exec_agent_executions_finished_total', { code: 'OK' })).toBe('3');
      expect(valueIn('exec_agent_output_bytes_total')).toBe('21');
      expect(valueIn('exec_agent_input_bytes_total')).toBe('15');
      expect(valueIn('exec_agent_networks_ready')).toBe('2');
      expect(valueIn('exec_agent_networks_taken_total', { from: 'ready' })).toBe('7');
      expect(valueIn('exec_agent_networks_taken_total', { from: 'made' })).toBe('1');
      expect(valueIn('exec_agent_warm_containers')).toBe('3');
      expect(valueIn('exec_agent_warm_starts_total')).toBe('4');
      expect(valueIn('exec_agent_cold_starts_total', { reason: 'none_ready' })).toBe('2');
      expect(valueIn('exec_agent_cold_starts_total', { reason: 'gpu' })).toBe('1');
      expect(valueIn('exec_agent_queue_depth', { state: 'waiting' })).toBe('0');
      expect(Number(valueIn('process_resident_memory_bytes'))).toBeGreaterThan(1e6);
      const ours = families.filter(({ name }) => name.startsWith('exec_agent_'));
      expect(ours.length).toBeGreaterThan(10);
      for (const { name, type, help } of ours) {
        expect(name.endsWith('_total'), name).toBe(type === 'COUNTER');
        expect(help).toMatch(/\.$/);
      }
      const text = await (await bench.ask('/metrics')).text();
      expect(text).toContain('route="/v1/executions/:id"');
      expect(text).not.toContain('nothing-of-this-name');
    } finally {
      await bench.close();
    }
  });
});
