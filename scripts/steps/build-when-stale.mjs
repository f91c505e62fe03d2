import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';

// Outside dist/, which is packed as it stands.
const marker = 'node_modules/.built-from';

/**
 * Builds src/ into dist/ unless dist/ was made from just these files. Nothing stale stays, and a program that runs
 * from dist/ finds it whole but for the moment of the exchange.
 * @returns {Promise<number>} the build's exit code
 */
export async function buildWhenStale() {
  const wanted = await fingerprintSources();
  const built = await readFile(marker, 'utf8').catch(() => '');
  if (built === wanted && existsSync('dist')) return 0;
  console.error('Building dist/');
  const fresh = `node_modules/.dist-${process.pid}`;
  const code = await runChild(process.execPath, ['scripts/build.mjs', '--outdir', fresh], {
    stdio: ['ignore', 2, 2],
  });
  if (code === 0) {
    await rm('dist', { recursive: true, force: true });
    await rename(fresh, 'dist');
    await writeFile(marker, wanted);
  } else {
    await rm(fresh, { recursive: true, force: true });
  }
  return code;
}

async function fingerprintSources() {
  const entries = [...(await listFiles('src')), ...(await listFiles('ui'))];
  const sources = entries
    .filter((path) => /\.(tsx?|cjs|bin|css|html)$/.test(path) && !/\.(test|contract)\.ts$/.test(path))
    .sort();
  const hash = createHash('sha256');
  for (const path of [
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
    'package.json',
    'scripts/build.mjs',
    'scripts/package/write-licenses.mjs',
    ...sources,
  ]) {
    const { size, mtimeMs } = await stat(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} directory */
async function listFiles(directory) {
  return (await readdir(directory, { recursive: true })).map((name) => join(directory, name));
}
