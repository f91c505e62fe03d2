import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { runChild } from './run-child.mjs';

const marker = 'node_modules/.installed-for';

/**
 * Runs `npm ci` unless it was done for this lock file.
 * @returns {Promise<number>} its exit code
 */
export async function installDependencies() {
  const wanted = createHash('sha256')
    .update(await readFile('package-lock.json'))
    .digest('hex');
  const installed = await readFile(marker, 'utf8').catch(() => '');
  if (installed === wanted) return 0;
  console.error('Installing dependencies (npm ci)');
  // The stdout belongs to the output of the task, so npm writes to stderr.
  const code = await runChild('npm', ['ci', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
  if (code === 0) await writeFile(marker, wanted);
  return code;
}
