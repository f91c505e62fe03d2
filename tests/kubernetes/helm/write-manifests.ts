import { writeFile } from 'node:fs/promises';
import { openHelm } from './open-helm.ts';
import { renderManifests } from './render-manifests.ts';

// Writes deploy/kubernetes from the chart: npx tsx tests/kubernetes/helm/write-manifests.ts

const helm = await openHelm();
try {
  for (const { path, text } of await renderManifests(helm)) await writeFile(path, text);
} finally {
  await helm.close();
}
