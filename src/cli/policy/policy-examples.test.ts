import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parsePolicy } from '../../admission/policy/parse-policy.ts';
import { configSchema } from '../../agent/config/config-schema.ts';
import { policyBase } from '../../agent/config/derive-limits.ts';
import { explainRequest } from '../../gateways/message/explain-request.ts';
import { linesOf } from './test-policy.ts';

const directory = new URL('../../../examples/policy/', import.meta.url).pathname;
const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const read = (name: string) => readFileSync(join(directory, name), 'utf8');

const config = configSchema.parse({ cpusMax: 4 });
const policy = { base: policyBase(config), document: parsePolicy(read('policy.yaml'), 'policy.yaml') };
const tenants = z.record(z.string(), z.string()).parse(JSON.parse(read('tenants.json')));
const requests = readdirSync(directory).filter((name) => /^\d\d-.*\.json$/.test(name));

test('the documentation shows the policy of the examples, and all ten of them', () => {
  expect(requests).toHaveLength(10);
  expect(page).toContain(`\`\`\`yaml\n${read('policy.yaml')}\`\`\``);
});

test.each(requests)('%s is explained as the documentation says', (name) => {
  const text = read(name);
  const tenant = tenants[name.replace('.json', '')] ?? 'default';
  const lines = linesOf(explainRequest({ text, tenant, policy, config }));
  const section = page.split('\n### ').find((each) => each.includes(`examples/policy/${name})`));
  expect(section).toContain(`\`\`\`json\n${text}\`\`\``);
  expect(section).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``);
  expect(section?.includes('--tenant') === true ? section : `--tenant default ${section}`).toContain(
    `--tenant ${tenant}`,
  );
});
