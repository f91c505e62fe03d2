import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { createTestTerminal } from '../../tests/cli/helpers/test-terminal.ts';
import { libraryWords } from '../../tests/words/library-words.ts';
import { valueWith, wrongValues } from '../../tests/words/wrong-values.ts';
import { parsePolicy } from '../admission/policy/parse-policy.ts';
import { policyDocumentSchema } from '../admission/policy/policy-schema.ts';
import { configSchema } from '../agent/config/config-schema.ts';
import { loadConfig } from '../agent/config/load-config.ts';
import { parseRequest } from '../gateways/message/request/parse-request.ts';
import { messageOf } from '../support/exec-error.ts';
import { readJson } from '../support/json/read-json.ts';
import { imagePruneSchema, imagePullSchema } from '../wire/http/images.ts';
import { executionRequestSchema } from '../wire/request/request.ts';
import { contextsSchema, readContexts } from './contexts/contexts.ts';
import { runProgram } from './run-program.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plain-words-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What reads a value at each entry point, and throws what a person gets to read. */
const entryPoints: Readonly<
  Record<
    string,
    { readonly schema: z.core.$ZodType; readonly base?: object; readonly read: (value: unknown) => unknown }
  >
> = {
  'a request': {
    schema: executionRequestSchema,
    base: { container: { image: 'alpine' } },
    read(value) {
      const parsed = parseRequest(JSON.stringify(value), { maxBytes: 1024 ** 2 });
      if (!parsed.ok) throw parsed.error;
    },
  },
  'a setting': {
    schema: configSchema,
    read: (value) => loadConfig({ env: {}, cwd: directory, overrides: Object(value) }),
  },
  'a policy file': {
    schema: policyDocumentSchema,
    read: (value) => parsePolicy(JSON.stringify(value), 'policy.yaml'),
  },
  'the contexts file': {
    schema: contextsSchema,
    base: { contexts: {} },
    async read(value) {
      const path = join(directory, 'contexts.json');
      await writeFile(path, JSON.stringify(value), { mode: 0o600 });
      await readContexts(path);
    },
  },
  'a pull over HTTP': { schema: imagePullSchema, read: (value) => readOrThrow(JSON.stringify(value), imagePullSchema) },
  'a prune over HTTP': {
    schema: imagePruneSchema,
    read: (value) => readOrThrow(JSON.stringify(value), imagePruneSchema),
  },
};

function readOrThrow(text: string, schema: z.ZodType): void {
  const { problem } = readJson(text, schema);
  if (problem !== undefined) throw new Error(problem);
}

test.each(
  Object.entries(entryPoints),
)('plain words: %s with a wrong value at any field is refused without the words of a library', async (_name, {
  schema,
  base,
  read,
}) => {
  let refused = 0;
  for (const wrong of wrongValues(schema)) {
    try {
      await read(valueWith(wrong, base));
    } catch (error) {
      refused += 1;
      expect(messageOf(error), JSON.stringify(wrong)).not.toMatch(libraryWords);
    }
  }
  expect(refused).toBeGreaterThan(5);
});

test('plain words: text that is no JSON or YAML is refused without the words of a parser', async () => {
  for (const text of ['', '{', '{"a":1,}', '[1 2]', 'tru', '"x', '\u0000', '{"a": x}', 'a: [', ': : :', '\t- x'])
    for (const read of [
      () => readOrThrow(text, imagePullSchema),
      () => {
        const parsed = parseRequest(text, { maxBytes: 100 });
        if (!parsed.ok) throw parsed.error;
      },
      async () => {
        const path = join(directory, 'contexts.json');
        await writeFile(path, text, { mode: 0o600 });
        await readContexts(path);
      },
    ])
      await expect(Promise.resolve().then(read)).rejects.toSatisfy(
        (error: unknown) => !libraryWords.test(messageOf(error)),
      );
});

test('plain words: an option with a wrong value is refused without the words of a library', async () => {
  const exec = async (...args: string[]) => {
    const terminal = createTestTerminal({ cwd: directory });
    return { code: await runProgram(args, terminal), ...terminal.printed() };
  };
  const { stdout } = await exec('--help');
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = '']) => name);
  expect(commands.length).toBeGreaterThan(20);
  for (const command of commands) {
    const help = await exec(command, '--help');
    for (const [, option = ''] of help.stdout.matchAll(/(--[a-z-]+) [<[]/g))
      for (const value of ['', 'x y', '-1', '1e999']) {
        // With a value that is allowed, the help is printed.
        const { code, stderr } = await exec(command, `${option}=${value}`, '--help');
        expect([0, 2], `${command} ${option}=${value}`).toContain(code);
        expect(stderr).not.toMatch(libraryWords);
      }
  }
});
