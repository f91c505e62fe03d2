import { runKeep } from '../../src/keeper/pod/run-keep.ts';

// What "exec-agent keep" does, in one file for the image of the tests.
process.on('SIGTERM', () => undefined);
process.exitCode = await runKeep({
  environment: process.env,
  tell: (line) => process.stderr.write(`${line}\n`),
});
