import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import { type DemoJob, type DemoPlace, expectEqual } from './demo-job.ts';
import { type Script, scriptFor } from './interpreters.ts';

const objectName = 'datasets/sales.csv';

const sales = `region,product,units,price
north,chair,4,25
north,table,1,120
south,chair,10,24
south,lamp,6,15
west,table,2,110
west,lamp,3,16
`;

const expectedSummary = `region,orders,revenue
north,2,220
south,2,330
west,2,268
`;

/** A table comes from the object store, its summary goes back into it. */
export function tableJob({ image, interpreter }: DemoPlace): DemoJob {
  const { file, command } = scriptFor(interpreter, script);
  return {
    title: 'Table from the object store',
    story: `${objectName} is fetched, summarised, and the summary uploaded`,
    request: {
      correlation_id: 'demo-2-table',
      container: { image, command },
      input: { minio_objects: [{ object_name: objectName, local_path: 'sales.csv' }], files: [file] },
      output: { expected_files: ['summary.csv'], minio_upload: true },
    },
    prepare: async (store, signal) => {
      await store.put({ name: objectName }, Readable.from([Buffer.from(sales)]), signal);
    },
    differences: async (response, store, signal) => [
      ...expectEqual('success', response.success, true),
      ...expectEqual('summary.csv', contentOf(response), expectedSummary),
      ...expectEqual('the uploaded summary.csv', await uploadOf(response, store, signal), expectedSummary),
    ],
  };
}

function contentOf({ result }: ExecutionResponse): string | undefined {
  return result?.output_files.find(({ name }) => name === 'summary.csv')?.content;
}

async function uploadOf({ result }: ExecutionResponse, store: ObjectStore, signal: AbortSignal) {
  const object = result?.minio_objects.find(({ object_name: name }) => name.endsWith('/summary.csv'));
  if (object === undefined) return undefined;
  const { body } = await store.get({ name: object.object_name, bucket: object.bucket }, signal);
  return text(body);
}

const script: Script = {
  name: 'summarise',
  python: `import csv

revenue = {}
with open('/workspace/input/sales.csv', newline='') as file:
    for row in csv.DictReader(file):
        orders, total = revenue.get(row['region'], (0, 0))
        revenue[row['region']] = (orders + 1, total + int(row['units']) * int(row['price']))

with open('/workspace/output/summary.csv', 'w') as file:
    file.write('region,orders,revenue\\n')
    for region in sorted(revenue):
        orders, total = revenue[region]
        file.write(f'{region},{orders},{total}\\n')
print('summarised', sum(orders for orders, _ in revenue.values()), 'orders')
`,
  node: `import { readFileSync, writeFileSync } from 'node:fs';

const [, ...rows] = readFileSync('/workspace/input/sales.csv', 'utf8').trim().split('\\n');
const revenue = new Map();
for (const row of rows) {
  const [region, , units, price] = row.split(',');
  const [orders, total] = revenue.get(region) ?? [0, 0];
  revenue.set(region, [orders + 1, total + units * price]);
}
const lines = [...revenue.keys()].sort().map((region) => [region, ...revenue.get(region)].join(','));
writeFileSync('/workspace/output/summary.csv', ['region,orders,revenue', ...lines, ''].join('\\n'));
console.log('summarised', rows.length, 'orders');
`,
};
