import { expect, test } from 'vitest';
import { parsePolicy } from './parse-policy.ts';

test('an empty file is a policy that says nothing', () => {
  expect(parsePolicy('', 'p.yaml')).toEqual({});
  expect(parsePolicy('# nothing\n', 'p.yaml')).toEqual({});
});

test('sizes, users and ports are read as people write them', () => {
  const text = 'maxima: {memory: 2g}\nusers: {deny: [0, root]}\nports: [8080, "9000-9999"]\n';
  expect(parsePolicy(text, 'p.yaml')).toEqual({
    maxima: { memory: 2 * 1024 ** 3 },
    users: { deny: ['0', 'root'] },
    ports: ['8080', '9000-9999'],
  });
});

test.each([
  ['images:\n  allow:\n    - alpine\n    - "a b"\n', /line 4: images\.allow\[1\]: expected an image pattern/],
  ['maxima:\n  memory: lots\n', /line 2: maxima\.memory: expected a size such as 512m/],
  ['preset: careful\n', /line 1: preset: .*one of "standard", "strict", "trusted"/],
  ['images:\n  alow: [x]\n', /line 2: images: remove the unknown field "alow"/],
  ['rules:\n  - name: a\n  - tenants: [b]\n', /line 3: rules\[1\]\.name: /],
  ['ports: ["9000-8000"]\n', /line 1: ports\[0\]: expected a port or a range/],
  ['container:\n  capabilities: [CAP_CHOWN]\n', /line 2: container\.capabilities/],
  ['images: [\npreset: strict\n', /line 2/],
  ['preset: strict\npreset: trusted\n', /keys must be unique at line 2/],
  ['- a list\n', /line 1: the policy: /],
])('%j is refused with line and field', (text, message) => {
  expect(() => parsePolicy(text, 'p.yaml')).toThrow(message);
  expect(() => parsePolicy(text, 'p.yaml')).toThrow(/^p\.yaml is no valid policy/);
});
