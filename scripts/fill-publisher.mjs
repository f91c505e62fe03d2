import { fillPublisherFields, findMissingFields } from './package/publisher-settings.mjs';

// Before a release: writes repository, bugs and homepage into package.json. With --check only looks whether they are there.

const complaint = process.argv.includes('--check')
  ? await findMissingFields('package.json')
  : await fillPublisherFields('package.json', process.env);
if (complaint !== undefined) {
  console.error(complaint);
  process.exitCode = 1;
}
