import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWhenStale } from '../../scripts/steps/build-when-stale.mjs';
import { runCommand } from '../parts/processes/run-command.ts';
import { copyInstalledModules } from './installed-modules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The package as `npm pack` makes it, installed into an empty directory with what it depends on and nothing that only
 * its makers need. Dependencies are those that are here, so that no registry is asked.
 */
export async function installPackage(directory: string): Promise<void> {
  if ((await buildWhenStale()) !== 0) throw new Error('dist/ could not be built');
  const packed = join(directory, 'packed');
  const place = join(directory, 'node_modules/exec-agent');
  await mkdir(packed);
  await mkdir(place, { recursive: true });
  const said = await runCommand('npm', 'pack', root, '--ignore-scripts', '--pack-destination', packed, '--silent');
  await runCommand('tar', '-xzf', join(packed, said.trim()), '-C', place, '--strip-components=1');
  await rm(packed, { recursive: true });
  await copyInstalledModules(directory);
  // Makes the links to programs that installing makes.
  await runCommand('npm', 'rebuild', '--prefix', directory, '--ignore-scripts');
}
