import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from './parts/require-part.ts';
import { filesKey, modelKey, openServiceBench, type ServiceBench } from './services/open-service-bench.ts';

describeWith(['redis', 'docker', 'oci'], 'services', () => {
  describe.each(['docker', 'oci'] as const)('of containers on %s', (runtime) => {
    let bench: ServiceBench;
    beforeAll(async () => {
      bench = await openServiceBench({ runtime });
    });
    afterAll(() => bench.close());

    const post = (path: string, body: string) =>
      `wget -q -O - --post-data='${body}' http://host.docker.internal:9000${path}`;

    it('that were granted answer, and what was taken of them is in the answer', async () => {
      const script = [
        post('/data/query', '{"operation":"traverse","n":12345678901234567890}'),
        'echo',
        `${post('/ai/query', '{"provider":"openai","prompt":"Hello"}')}`,
        'echo',
        'wget -q -O - http://host.docker.internal:9000/health',
        'echo',
        'wget -q -O - "$FILES_SERVICE_URL/a/b?c=d"',
        'echo',
        'cat /workspace/config/services.json',
        'env',
      ].join('\n');
      const answer = await bench.run(script, { service_access: ['data', 'ai', 'files'] });
      expect(answer).toMatchObject({ success: true });
      const [data, ai, health, files, listed = '', ...env] = answer.result?.output.split('\n') ?? [];
      expect(data).toContain('"result":{"operation":"traverse","n":12345678901234567000}');
      expect(JSON.parse(ai ?? '')).toMatchObject({ model: 'small-1', tokens_used: 21 });
      expect(JSON.parse(health ?? '')).toEqual({
        ok: true,
        execution_id: answer.execution_id,
        services: ['data', 'ai', 'files'],
      });
      expect(files).toBe('GET /a/b?c=d');
      const base = 'http://host.docker.internal:9000';
      const urls = { data: `${base}/data`, ai: `${base}/ai`, files: `${base}/files` };
      expect(JSON.parse(/^\{[^}]*\}/.exec(listed)?.[0] ?? '')).toEqual(urls);
      expect(env.join('\n')).toContain(`AI_SERVICE_URL=${base}/ai`);
      expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${modelKey}|${filesKey}`));
      expect(answer.result?.metadata.services).toMatchObject({
        data: { calls: 1, errors: 0, bytes: expect.any(Number) },
        ai: { calls: 1, errors: 0, tokens: 21 },
        files: { calls: 1, errors: 0, tokens: 0 },
      });
    });
  });
});
