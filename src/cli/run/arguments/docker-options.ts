import { type Command, Option } from 'commander';
import { ExecError } from '../../../support/exec-error.ts';
import { parsePids } from '../../parse-values.ts';

const noMounts =
  'Directories of this host are not mounted. Use -i FILE:PATH or -i DIRECTORY for inputs, and -o DIR/ for outputs.';
const noTerminal = 'Containers have no terminal. Leave it out: a pipe or a file on standard input reaches the command.';
const noPorts = 'Write container.ports in a request file.';
const noPrivileges = 'Containers never get privileges or devices. Leave it out.';

/** Docker's options that have no meaning here, with what to use instead. */
const refused: readonly (readonly [flags: string, instead: string])[] = [
  ['-v, --volume <mount>', noMounts],
  ['--mount <mount>', noMounts],
  ['--volumes-from <container>', noMounts],
  ['-t, --tty', noTerminal],
  ['--interactive', noTerminal],
  ['-d, --detach', '"run" waits for its container. "exec-agent submit" queues a request and returns at once.'],
  ['-p, --publish <port>', noPorts],
  ['-P, --publish-all', noPorts],
  ['--privileged', noPrivileges],
  ['--cap-add <capability>', noPrivileges],
  ['--device <device>', noPrivileges],
  ['--gpus <devices>', 'Write container.resources.gpus in a request file.'],
  ['-l, --label <label>', 'Write tags in a request file.'],
  ['--restart <policy>', 'Write retry in a request file.'],
  ['--platform <platform>', 'Images run on the platform of this host.'],
];

/** Docker's options beside those that `run` documents: they mean the same, or say what to use instead. */
export function addDockerOptions(command: Command): Command {
  command
    .addOption(new Option('--rm', 'containers are always removed').hideHelp())
    .addOption(new Option('--network <mode>', 'the same as elsewhere').argParser(parseNetwork).hideHelp())
    .addOption(new Option('--net <mode>', 'the same as elsewhere').argParser(parseNetwork).hideHelp())
    .addOption(new Option('--pids-limit <n>', 'as --pids').argParser(parsePids).hideHelp())
    .addOption(new Option('--read-only', 'mount the root filesystem read-only').hideHelp());
  for (const [flags, instead] of refused)
    command.addOption(new Option(flags, 'the same as elsewhere').argParser(refuse(flags, instead)).hideHelp());
  return command;
}

function refuse(flags: string, instead: string): () => never {
  return () => {
    throw new ExecError('INVALID_REQUEST', `${flags.replace(/ <.*/, '')}: ${instead}`);
  };
}

function parseNetwork(mode: string): string {
  if (mode === 'none') return mode;
  throw new ExecError(
    'INVALID_REQUEST',
    `--network ${mode}: Here a container has no network ("none"). In a request file, service_access grants services, and container.network "open" asks for the network.`,
  );
}
