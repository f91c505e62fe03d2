import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ServiceBench } from './open-service-bench.ts';

const callsEach = 5000;

// Each call says who it is, and the abstractor answers out of order.
const code = (name: string) => `
import http.client, json, threading
wrong = []
def ask(thread):
    connection = http.client.HTTPConnection('host.docker.internal', 9000)
    for index in range(${callsEach} // 16):
        query = {'who': '${name}', 'thread': thread, 'index': index, 'lateMs': 20}
        connection.request('POST', '/data/query', json.dumps(query))
        reply = json.loads(connection.getresponse().read())
        if reply.get('result') != query: wrong.append(reply)
threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(wrong), wrong[:1])
`;

export function manyCallsCases(bench: () => ServiceBench, runtime: 'docker' | 'oci'): void {
  const isMissing = runtime === 'oci' && !existsSync('/usr/bin/python3');
  it.skipIf(isMissing)(
    'never hand a reply to anyone but who asked: 10,000 calls of two executions at once',
    async () => {
      const answers = await Promise.all(
        ['one', 'two'].map((name) => bench().runPython(code(name), { service_access: ['data'] })),
      );
      for (const { result } of answers) {
        expect(result?.output).toBe('0 []\n');
        expect(result?.metadata.services?.data).toMatchObject({ calls: Math.floor(callsEach / 16) * 16, errors: 0 });
      }
    },
  );
}
