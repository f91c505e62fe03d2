import { runKeep } from '../../src/keeper/pod/run-keep.ts';

// What "exec-agent keep" does, in one file for the image of the tests.
let isEnding = false;
process.on('SIGTERM', () => {
  isEnding = true;
});
process.exitCode = await runKeep({
  environment: process.env,
  isEnding: () => isEnding,
  tell: (line) => process.stderr.write(`${line}\n`),
});
