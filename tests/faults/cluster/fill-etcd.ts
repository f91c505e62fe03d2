import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Cluster } from '../../kubernetes/cluster/open-cluster.ts';

const valueBytes = 1024 ** 2;
const mostWrites = 2000;
const key = Buffer.from('fill').toString('base64');
const alarmsSchema = z.object({
  alarms: z.array(z.object({ memberID: z.string().optional(), alarm: z.string() })).default([]),
});
const headerSchema = z.object({ header: z.object({ revision: z.string() }) });

/**
 * Writes to etcd until it raises the alarm that its quota is used up, lets the work be done meanwhile, and makes room again as an
 * operator does: delete, compact, defragment, disarm.
 */
export async function whileEtcdIsFull(cluster: Cluster, work: () => Promise<void>): Promise<void> {
  const file = join(cluster.directory, 'fill.json');
  await writeFile(file, JSON.stringify({ key, value: Buffer.alloc(valueBytes, 'x').toString('base64') }));
  const url = (path: string) => `http://127.0.0.1:2379/v3/${path}`;
  const ask = (path: string, body: object) =>
    cluster.onNode('curl', '-sS', '--fail-with-body', '--data', JSON.stringify(body), url(path));
  const alarms = async () => alarmsSchema.parse(JSON.parse(await ask('maintenance/alarm', { action: 'GET' }))).alarms;
  const put = `curl -sf -o /dev/null --data @${file} ${url('kv/put')}`;
  await cluster.onNode('sh', '-c', `for n in $(seq ${mostWrites}); do ${put} || exit 0; done`);
  try {
    if ((await alarms()).length === 0) throw new Error('etcd did not become full');
    await work();
  } finally {
    const { header } = headerSchema.parse(JSON.parse(await ask('kv/deleterange', { key })));
    await ask('kv/compaction', { revision: header.revision, physical: true });
    await ask('maintenance/defragment', {});
    for (const { memberID = '0', alarm } of await alarms())
      await ask('maintenance/alarm', { action: 'DEACTIVATE', memberID, alarm });
  }
}
