import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from '../../json/indent-json.ts';
import { snippetsOf } from './snippets.ts';

test('request as a shell command: the shell passes on any request as it is, and nothing else runs', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("'", '`id`', '$(id)', 'JSON', '\nJSON\n', "'\nJSON\nid\n", '\\'));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const request = indentJson(JSON.stringify({ name: one, container: { image: other, command: [one, other] } }));
      const lines =
        snippetsOf(request, "http://agent/it's")
          .find(({ key }) => key === 'curl')
          ?.text.split('\n') ?? [];
      const begin = lines.findIndex((line) => line.endsWith(" -d @- <<'JSON'"));
      expect(lines.indexOf('JSON')).toBe(lines.length - 1);
      expect(lines.slice(begin + 1, -1).join('\n')).toBe(request);
      expect(lines.slice(0, begin + 1).join('\n')).toContain("'http://agent/it'\\''s/v1/executions?wait=60'");
    }),
  );
});

test('request as a program: has the request in the notation of the language', () => {
  const request = '{\n  "container": { "image": "a\\"b" }\n}';
  const texts = new Map(snippetsOf(request, 'http://agent').map(({ key, text }) => [key, text]));
  expect(texts.get('typescript')).toContain(`client.run(${request})`);
  expect(texts.get('python')).toContain(`json.loads(${JSON.stringify(request)})`);
  expect(texts.get('cli')).toContain('exec-agent submit request.json --wait');
});
