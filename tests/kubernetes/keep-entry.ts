import { keepPod } from '../../src/keeper/pod/keep-pod.ts';

// What "exec-agent keep" does, alone in the image of the tests.
process.exitCode = await keepPod((line) => process.stderr.write(`${line}\n`));
