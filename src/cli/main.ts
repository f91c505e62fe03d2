#!/usr/bin/env node
import { keepPod } from '../keeper/pod/keep-pod.ts';
import { openTerminal } from './terminal/terminal.ts';

const args = process.argv.slice(2);
const terminal = openTerminal(process);
if (args[0] === 'keep') {
  // Each pod has one of these, which does without the other commands.
  process.exitCode = await keepPod((line) => terminal.stderr.line(line));
} else {
  const { runProgram } = await import('./run-program.ts');
  process.exitCode = await runProgram(args, terminal);
}
