import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openDeployment, type TestDeployment } from '../agent/open-test-agent.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';

/** Known to the agent, each from another place. */
export const secrets = {
  FROM_VARIABLE: 'hush-hush-of-a-variable',
  FROM_DIRECTORY: 'hush-hush-of-a-directory',
  FROM_FILE: 'hush-hush-of-a-file',
} as const;

export type RuntimeName = 'docker' | 'oci';

/** An agent with a policy, and a registry. */
export interface AdmissionBench {
  readonly runtime: RuntimeName;
  readonly registry: Registry;
  readonly deployment: TestDeployment;
  /** What the OCI runtime `marked-runc` was called with. */
  readonly marks: string;
  /** Files: what the scanner prints, and what it was called with. */
  readonly scanner: { readonly report: string; readonly calls: string };
  /** Everything that the agent has logged. */
  readonly log: readonly string[];
  /** Lays more sections over the bench's own policy; the agent reads it in a moment. */
  setPolicy(more: string): Promise<void>;
  close(): Promise<void>;
}

export async function openAdmissionBench(runtime: RuntimeName): Promise<AdmissionBench> {
  const directory = await mkdtemp(join(tmpdir(), 'admission-'));
  const at = (name: string) => join(directory, name);
  const [policyFile, marks, programs] = [at('policy.yaml'), at('marks'), at('bin')];
  const registriesFile = at('registries.yaml');
  await mkdir(programs);
  await writeFile(join(programs, 'marked-runc'), `#!/bin/sh\necho "$@" >> ${marks}\nexec runc "$@"\n`);
  await chmod(join(programs, 'marked-runc'), 0o755);
  const setPolicy = (more: string) => writeFile(policyFile, `${more}${rulesFor(runtime)}`);
  await setPolicy('');
  const registry = await startRegistry();
  await writeFile(registriesFile, JSON.stringify({ [registry.address]: { insecure: true } }));
  const [secretsDir, secretsFile] = [at('secrets'), at('secrets.yaml')];
  await mkdir(secretsDir);
  await writeFile(join(secretsDir, 'FROM_DIRECTORY'), secrets.FROM_DIRECTORY);
  await writeFile(secretsFile, `FROM_FILE: ${secrets.FROM_FILE}\n`);
  const secretsMemory = await mkdtemp('/dev/shm/admission-');
  const scanner = { report: at('report.json'), calls: at('scanner-calls') };
  await writeFile(scanner.calls, '');
  const looked = runtime === 'oci' ? '[ -x "$1/bin/busybox" ] || exit 3' : '[ -n "$1" ] || exit 3';
  await writeFile(at('scanner'), `#!/bin/sh\n${looked}\necho "$@" >> ${scanner.calls}\ncat ${scanner.report}\n`);
  await chmod(at('scanner'), 0o755);
  const scanCommand = `${at('scanner')} ${runtime === 'oci' ? '{rootfs}' : '{id}'}`;
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const deployment = await openDeployment(
    { runtime, policyFile, registriesFile, secretsDir, secretsFile, secretsMemory, scanCommand, stopGrace: 1 },
    {
      searchPath: `${programs}:${process.env.PATH}`,
      environment: { PATH: process.env.PATH, EXEC_SECRET_FROM_VARIABLE: secrets.FROM_VARIABLE },
      logger,
    },
  );
  await deployment.open();
  return {
    runtime,
    registry,
    deployment,
    marks,
    scanner,
    log,
    setPolicy,
    async close() {
      await deployment.close();
      await registry.stop();
      await rm(directory, { recursive: true });
      await rm(secretsMemory, { recursive: true });
    },
  };
}

function rulesFor(runtime: RuntimeName): string {
  const named = runtime === 'oci' ? 'marked-runc' : 'runc';
  return `rules:
  - {name: strict, tags: {preset: strict}, preset: strict}
  - {name: trusted, tags: {preset: trusted}, preset: trusted}
  - {name: few files, tags: {preset: few-files}, container: {open_files: 77, capabilities: [CHOWN]}}
  - {name: named, tags: {preset: named}, container: {runtime: ${named}}}
  - {name: secrets, tags: {secrets: granted}, secrets: [FROM_*]}
  - {name: scan, tags: {scan: [deny, excepted, expired]}, scan: {mode: deny}}
  - {name: scan, tags: {scan: warn}, scan: {mode: warn}}
  - {name: excepted, tags: {scan: excepted}, scan: {exceptions: [{id: CVE-2023-44487, until: 2999-12-31, reason: waits}]}}
  - {name: expired, tags: {scan: expired}, scan: {exceptions: [{id: CVE-2023-44487, until: 2020-01-01, reason: waits}]}}
  - {name: missing, tags: {preset: missing}, container: {runtime: no-such-runtime}}
`;
}
