import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { makeEnvExample } from './env-example.ts';
import { makeJsonSchemas } from './json-schemas.ts';
import { makeOpenApi } from './open-api.ts';

const documentSchema = z.looseObject({
  $schema: z.string(),
  $id: z.string(),
  title: z.string(),
  required: z.array(z.string()),
});

test('the schema of a request asks for a container alone', () => {
  const [request] = makeJsonSchemas();
  const document = documentSchema.parse(JSON.parse(request?.text ?? ''));
  expect(document).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:exec-agent:schema:request',
    required: ['container'],
  });
});

test('the schemas refuse no field that a later version adds', () => {
  for (const { text } of makeJsonSchemas()) expect(text).not.toContain('"additionalProperties": false');
});

test('the schemas use standard formats only', () => {
  const formats = makeJsonSchemas().flatMap(({ text }) =>
    [...text.matchAll(/"format": "([^"]+)"/g)].map(([, name]) => name),
  );
  expect([...new Set(formats)]).toEqual(['date-time']);
});

test('the description of HTTP is valid OpenAPI 3.1, and everything in it that is referred to is there', async () => {
  const validator = new Validator();
  const found = await validator.validate(JSON.parse((await makeOpenApi()).text));
  expect(found).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(JSON.stringify(validator.resolveRefs())).not.toContain('"$ref"');
});

test.each([
  ['"openapi"', '"opanepi"'],
  ['"in": "path"', '"in": "road"'],
  ['"description": "The finished execution."', '"descriptio": "The finished execution."'],
])('the validator that says so finds what is wrong when %s is %s', async (right, wrong) => {
  const { text } = await makeOpenApi();
  const broken = text.replace(right, wrong);
  expect(broken).not.toBe(text);
  expect(await new Validator().validate(JSON.parse(broken))).toMatchObject({ valid: false });
});

test('a reference to what is not there would be noticed', async () => {
  const broken = (await makeOpenApi()).text.replace('schemas/FileList', 'schemas/FileLost');
  const validator = new Validator();
  await validator.validate(JSON.parse(broken));
  expect(() => validator.resolveRefs()).toThrow('FileLost');
});

test('copied as it is, the example of .env sets nothing', () => {
  const lines = makeEnvExample().text.split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  expect(lines).toContain('#EXEC_REQUEST_CHANNEL=exec-requests');
});

test('a default that depends on the machine is not written down', () => {
  expect(makeEnvExample().text).toMatch(/^#EXEC_CONCURRENCY=$/m);
});
