import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { chartDirectory } from './chart-directory.ts';

export const manifestValues = 'deploy/kubernetes/values.yaml';
const manifests = ['access.yaml', 'agent.yaml'].map((name) => `deploy/kubernetes/${name}`);

const markStart = '# digest of the chart, its values and this text: ';

/** The last line of a manifest that was rendered from the chart: it shows a change of either without Helm. */
export async function markOf(manifest: string): Promise<string> {
  const hash = createHash('sha256').update(manifest);
  const templates = (await readdir(`${chartDirectory}/templates`)).filter((name) => /[.](yaml|tpl)$/.test(name)).sort();
  for (const name of templates) hash.update(await readFile(`${chartDirectory}/templates/${name}`));
  hash.update(await readFile(`${chartDirectory}/Chart.yaml`)).update(await readFile(manifestValues));
  // Descriptions of values are not part of what is rendered.
  hash.update(JSON.stringify(parse(await readFile(`${chartDirectory}/values.yaml`, 'utf8'))));
  return `${markStart}${hash.digest('hex').slice(0, 16)}\n`;
}

/** The plain manifests that are not what the chart renders today, or that were changed by hand. */
export async function findStaleManifests(): Promise<readonly string[]> {
  const stale = await Promise.all(
    manifests.map(async (path) => {
      const text = await readFile(path, 'utf8');
      const end = text.lastIndexOf(markStart);
      return end !== -1 && text.slice(end) === (await markOf(text.slice(0, end))) ? [] : [path];
    }),
  );
  return stale.flat();
}
