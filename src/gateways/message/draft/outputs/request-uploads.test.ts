import { expect, test } from 'vitest';
import { uploadsOf } from './request-uploads.ts';

const origin = 'output.upload_to';
const root = '/workspace/output';

test('an S3 prefix is for the whole output directory', () => {
  expect(uploadsOf('s3://results/run 1/')).toEqual([
    { kind: 'upload', origin, root, bucket: 'results', prefix: 'run 1/' },
  ]);
});

test('single files have a place each, in the store or at a URL', () => {
  const list = [
    { path: './model.bin', url: 's3://results/models/1.bin' },
    { path: 'a/b.csv', url: 'https://files.example.com/b?X-Amz-Signature=s' },
  ];
  expect(uploadsOf(list)).toEqual([
    {
      kind: 'put',
      origin: `${origin}[0]`,
      root,
      name: 'model.bin',
      to: { kind: 'object', bucket: 'results', name: 'models/1.bin' },
    },
    { kind: 'put', origin: `${origin}[1]`, root, name: 'a/b.csv', to: { kind: 'url', url: list[1]?.url } },
  ]);
});

test.each([
  ['s3://results/object', /output\.upload_to: .*End it with "\/"/],
  ['s3://results', /output\.upload_to: is no S3 URL/],
  ['https://files.example.com/', /output\.upload_to: is no S3 URL/],
  ['s3://exec-agent/executions/1/output/', /lies below executions\//],
  [[{ path: '../x', url: 's3://results/x' }], /output\.upload_to\[0\]\.path: "\.\.\/x"/],
  [[{ path: 'dir/', url: 's3://results/x' }], /output\.upload_to\[0\]\.path: .*is a directory/],
  [[{ path: 'x', url: 's3://results/x/' }], /output\.upload_to\[0\]\.url: names no object/],
  [[{ path: 'x', url: 'file://host/x' }], /^output\.upload_to\[0\]\.url: file:\/\/host\/x names another host/],
  [[{ path: 'x', url: 'ftp://files.example.com/x' }], /output\.upload_to\[0\]\.url: is no URL that files are sent to/],
  [[{ path: 'x', url: 'https://user:secret@files.example.com/' }], /holds a user or password/],
])('%j is refused with the field and the fix', (uploadTo, problem) => {
  expect(() => uploadsOf(uploadTo)).toThrow(problem);
  expect(() => uploadsOf(uploadTo)).not.toThrow(/secret/);
});
