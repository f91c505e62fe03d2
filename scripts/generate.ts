import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeEnvExample } from './generate/env-example.ts';
import { makeErrorTable } from './generate/error-table.ts';
import { makeChartFiles } from './generate/helm/chart-files.ts';
import { findStaleManifests } from './generate/helm/manifest-mark.ts';
import { makeJsonSchemas } from './generate/json-schemas.ts';
import { makeOpenApi } from './generate/open-api.ts';
import { makePerformancePlots } from './generate/performance-plots.ts';
import { makeRoomDiagram } from './generate/room-diagram.ts';
import { makeServiceUnit } from './generate/service-unit.ts';
import { makeSettingsPage } from './generate/settings-page.ts';

// Without arguments writes the files that are made from code; with --check only compares, for the check of the project.
const checksOnly = process.argv.includes('--check');

const files = [
  ...makeJsonSchemas(),
  makeEnvExample(),
  makeSettingsPage(),
  await makeErrorTable(),
  await makeOpenApi(),
  await makeRoomDiagram(),
  makeServiceUnit(),
  ...(await makeChartFiles()),
  ...(await makePerformancePlots()),
];

for (const { path, text } of files) {
  const current = await readFile(path, 'utf8').catch(() => undefined);
  if (current === text) continue;
  if (checksOnly) {
    console.error(`${path} is not what the code says today. Run: npm run generate`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    console.log(`${path} written`);
  }
}

// Only Helm can render them.
for (const path of await findStaleManifests()) {
  console.error(`${path} is not what the chart renders today. Run: npx tsx tests/kubernetes/helm/write-manifests.ts`);
  if (checksOnly) process.exitCode = 1;
}
