import { build } from 'esbuild';

/** A program for a web page, as bundlers make it of a module and the packages installed in a directory. */
export async function bundleForBrowsers(contents: string, resolveDir: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    minify: true,
  });
  return outputFiles[0]?.text ?? '';
}
