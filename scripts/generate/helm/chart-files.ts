import { readFile } from 'node:fs/promises';
import { packageVersion } from '../../../src/support/files/package-version.ts';
import type { GeneratedFile } from '../generated-file.ts';
import { chartDirectory } from './chart-directory.ts';
import { makeChartReadme } from './chart-readme.ts';
import { makeValuesFile } from './values-file.ts';
import { makeValuesSchema } from './values-schema.ts';

/** The parts of the Helm chart that have their source elsewhere: settings, alert rules, version. */
export async function makeChartFiles(): Promise<readonly GeneratedFile[]> {
  return [
    makeChartDescription(),
    makeValuesFile(),
    makeValuesSchema(),
    await makeChartReadme(),
    await copyAlertRules(),
  ];
}

function makeChartDescription(): GeneratedFile {
  const version = packageVersion();
  const text = `apiVersion: v2
name: exec-agent
description: Runs untrusted code in locked-down pods and returns its results.
type: application
version: ${version}
appVersion: "${version}"
kubeVersion: ">=1.30.0-0"
`;
  return { path: `${chartDirectory}/Chart.yaml`, text };
}

/** Helm reads no files outside of a chart. */
async function copyAlertRules(): Promise<GeneratedFile> {
  const text = await readFile('deploy/prometheus/exec-agent.rules.yml', 'utf8');
  return { path: `${chartDirectory}/files/exec-agent.rules.yml`, text };
}
