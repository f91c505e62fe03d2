import { readFileSync } from 'node:fs';

/** Ends the process with a sentence when this Node is older than package.json asks for. */
export function checkNodeVersion() {
  /** @type {{ engines: { node: string } }} */
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  const wanted = engines.node.replace('>=', '');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(`This is Node ${process.versions.node}; Exec Agent needs Node ${wanted} or later (nodejs.org).`);
  process.exit(1);
}
