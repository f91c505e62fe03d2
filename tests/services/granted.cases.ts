import { describe, expect, it } from 'vitest';
import { filesKey, modelKey, type ServiceBench } from './open-service-bench.ts';

const base = 'http://host.docker.internal:9000';
const all = { service_access: ['data', 'ai', 'files'] };

export function clientCases(bench: () => ServiceBench): void {
  it('answer unmodified clients in Python, for any content type', async () => {
    const code = `
import json, os, requests, urllib.request
query = {'operation': 'traverse', 'n': 12345678901234567890}
url = os.environ['DATA_SERVICE_URL'] + '/query'
print(json.dumps(requests.post(url, json=query).json()['result'] == query))
form = urllib.request.Request(url, json.dumps(query).encode(), {'Content-Type': 'application/x-www-form-urlencoded'})
print(json.loads(urllib.request.urlopen(form).read())['success'])
session = requests.Session()
print([session.put(os.environ['FILES_SERVICE_URL'] + '/upload', data=b'x' * 3000000).text for _ in range(2)])
chunked = requests.post(os.environ['FILES_SERVICE_URL'] + '/chunks', data=iter([b'a' * 1000, b'b' * 1000]))
print(chunked.status_code, chunked.text)
`;
    const { success, result } = await bench().runPython(code, all);
    // JSON has no whole numbers beyond 2^53 in JavaScript, which the abstractor of this test is made of.
    expect(result?.output).toBe("false\nTrue\n['PUT /upload', 'PUT /upload']\n200 POST /chunks\n");
    expect(success).toBe(true);
  });
}

export function grantedCases(bench: () => ServiceBench): void {
  describe.concurrent('that were granted', () => {
    it('answer, and what was taken of them is in the answer', async () => {
      const script = [
        `wget -q -O - --post-data='{"operation":"traverse"}' ${base}/data/query; echo`,
        `wget -q -O - --post-data='{"provider":"openai","prompt":"Hello"}' ${base}/ai/query; echo`,
        `wget -q -O - ${base}/health; echo`,
        'wget -q -O - "$FILES_SERVICE_URL/a/b?c=d"; echo',
        'cat /workspace/config/services.json; echo; env',
      ].join('\n');
      const answer = await bench().run(script, all);
      expect(answer).toMatchObject({ success: true });
      const [data = '', ai = '', health = '', files, listed = '', ...env] = answer.result?.output.split('\n') ?? [];
      expect(JSON.parse(data)).toMatchObject({ success: true, result: { operation: 'traverse' } });
      expect(JSON.parse(ai)).toMatchObject({ content: bench().model.content, model: 'small-1', tokens_used: 21 });
      const { execution_id: id } = answer;
      expect(JSON.parse(health)).toEqual({
        ok: true,
        status: 'healthy',
        execution_id: id,
        services: all.service_access,
      });
      expect(files).toBe('GET /a/b?c=d');
      expect(JSON.parse(listed)).toEqual({ data: `${base}/data`, ai: `${base}/ai`, files: `${base}/files` });
      expect(env).toEqual(expect.arrayContaining([`SERVICE_PROXY_URL=${base}`, `AI_SERVICE_URL=${base}/ai`]));
      expect(bench().model.asked.at(-1)?.key).toBe(`Bearer ${modelKey}`);
      expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${modelKey}|${filesKey}`));
      expect(answer.result?.metadata.services).toMatchObject({
        data: { calls: 1, errors: 0, tokens: 0, bytes: expect.any(Number), ms: expect.any(Number) },
        ai: { calls: 1, errors: 0, tokens: 21 },
        files: { calls: 1, errors: 0, tokens: 0 },
      });
    });

    it('are bounded by a budget', async () => {
      const ask = `wget -q -S -O - --post-data='{}' ${base}/data/query 2>&1 | grep -o "^ *HTTP/1.1 [0-9]*"`;
      const budget = { service_access: ['data'], service_budget: { data: { calls: 2 } } };
      const { result } = await bench().run(`${ask}; ${ask}; ${ask}`, budget);
      expect(result?.output).toBe('  HTTP/1.1 200\n  HTTP/1.1 200\n  HTTP/1.1 429\n');
      expect(result?.metadata.services?.data?.calls).toBe(2);
    });
  });
}
