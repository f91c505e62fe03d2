import { expect, test } from 'vitest';
import { configSchema } from '../../agent/config/config-schema.ts';
import { policyBase } from '../../agent/config/derive-limits.ts';
import { judgeRequest } from './validate.ts';

const config = configSchema.parse({ memoryMax: '1g' });
const rules = { config, policy: { base: policyBase(config), document: {} } };

function judge(request: object) {
  return judgeRequest(JSON.stringify(request), rules);
}

test('a valid request has no problems; an unknown field is a warning', () => {
  expect(judge({ container: { image: 'alpine' }, colour: 'red' })).toEqual({
    problems: [],
    warnings: ['colour: unknown field, ignored.'],
  });
});

test('validate: reports every problem on its own line', () => {
  const { problems } = judge({ container: { image: 7, command: 'ls' }, timeout: -1 });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['container.image', 'container.command', 'timeout']);
});

test('a problem behind the form of the fields is found too', () => {
  const { problems } = judge({ container: { image: 'alpine' }, input: { files: [{ name: '../x', content: '' }] } });
  expect(problems).toEqual([expect.stringMatching(/^input\.files\[0\]\.name: "\.\.\/x" leaves its directory/)]);
});

test('what only the settings here forbid is a warning', () => {
  expect(judge({ container: { image: 'alpine', resources: { memory: '2g' } } })).toEqual({
    problems: [],
    warnings: [
      'With the current settings the agent would refuse it. container.resources.memory: 2 GiB is more than the 1 GiB allowed here.',
    ],
  });
});

test('text that is not JSON is said to be none', () => {
  expect(judgeRequest('{', rules).problems).toEqual([expect.stringMatching(/^The message is not JSON: /)]);
});
