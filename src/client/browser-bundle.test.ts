import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const entry = new URL('./browser.ts', import.meta.url).pathname;
const largestBytes = 25 * 1024;

test('browser client: is small, and holds no schema library', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
  });
  const bundle = outputFiles[0] ?? expect.fail('esbuild wrote no file');
  expect(bundle.text).toContain('/v1/executions');
  expect(gzipSync(bundle.contents).length).toBeLessThan(largestBytes);
  expect(Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'))).toEqual([]);
});
