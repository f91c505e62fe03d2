import { arch, release } from 'node:os';
import type { Config } from '../../agent/config/config-schema.ts';
import { packageVersion } from '../../support/files/package-version.ts';
import type { Check } from './check.ts';

const section = 'This machine';
const oldestNode = { major: 20, minor: 19 };

export function checkMachine(runtime: Config['runtime']): readonly Check[] {
  return [
    { section, name: 'exec-agent', state: 'ok', detail: packageVersion() },
    checkNode(process.versions.node),
    { section, name: 'system', state: 'ok', detail: `Linux ${release()}, ${arch()}` },
    checkUser(process.getuid?.(), runtime),
  ];
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const recent = major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor);
  const detail = version;
  if (recent) return { section, name: 'node', state: 'ok', detail };
  const cure = `Install Node ${oldestNode.major}.${oldestNode.minor} or later.`;
  return { section, name: 'node', state: 'bad', detail, cure };
}

function checkUser(uid: number | undefined, runtime: Config['runtime']): Check {
  if (runtime === 'kubernetes') return { section, name: 'user', state: 'ok', detail: `uid ${uid}` };
  if (uid === 0) return { section, name: 'user', state: 'ok', detail: 'root' };
  return {
    section,
    name: 'user',
    state: 'warn',
    detail: `uid ${uid}: the oci runtime needs root, docker needs access to its socket`,
    cure: 'Run as root, or as a member of the group docker.',
  };
}
