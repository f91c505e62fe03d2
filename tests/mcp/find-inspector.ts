import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../parts/make-once.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { cacheDirectory } from '../parts/start-parts.ts';

const version = '2.12.0';
// It needs a later Node than the tests.
const packages = [`@modelcontextprotocol/inspector@${version}`, 'node@22.23.3'];

export type Inspector = { readonly command: readonly [string, ...string[]] } | { readonly missing: string };

/** The command line of the MCP inspector, kept on this machine once it is installed. */
export async function findInspector(): Promise<Inspector> {
  const directory = join(cacheDirectory(), `mcp-inspector-${version}`);
  if (!existsSync(directory) && process.env.EXEC_TEST_INSPECTOR !== 'install')
    return { missing: `set EXEC_TEST_INSPECTOR=install to install ${packages.join(' and ')}, 300 MB, once` };
  const installed = await makeOnce(directory, async (target) => {
    await writeFile(join(target, 'package.json'), '{"private":true}');
    await runCommand('npm', 'install', '--prefix', target, '--no-audit', '--no-fund', ...packages);
  });
  const programs = join(installed, 'node_modules/.bin');
  return { command: [join(programs, 'node'), join(programs, 'mcp-inspector'), '--cli'] };
}
