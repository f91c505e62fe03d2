import { Command, Help, type Option } from 'commander';
import { packageVersion } from '../support/files/package-version.ts';
import type { CommandContext } from './command-context.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommand } from './commands/config.ts';
import { agentsGroup, imagesGroup } from './commands/control/control-options.ts';
import { addExecutionCommands } from './commands/control/executions.ts';
import { addImagesCommand } from './commands/control/images.ts';
import { addLoginCommands } from './commands/control/login.ts';
import { addPolicyCommand } from './commands/control/policy.ts';
import { addQueueCommands } from './commands/control/queue.ts';
import { addTokenCommands } from './commands/control/token.ts';
import { addDataTasks } from './commands/data-tasks.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addMcpCommand } from './commands/mcp.ts';
import { addRunCommand } from './commands/run.ts';
import { addServeCommand } from './commands/serve.ts';
import { addServiceCommand } from './commands/service.ts';
import { addSubmitCommand } from './commands/submit.ts';
import { addValidateCommand } from './commands/validate.ts';
import { type ArrangedArguments, arrangeArguments } from './run/arguments/arrange-arguments.ts';
import { exitCodes } from './terminal/exit-codes.ts';
import { reportError } from './terminal/report-error.ts';
import { type Sink, type Terminal, withoutEscaping } from './terminal/terminal.ts';

const description = `Runs untrusted code in locked-down containers and returns its results.

A request has an image, a command and data. The response has the exit code, output, files and graph update.`;

const epilogue = `
Start here:
  exec-agent demo                                  run four jobs on this host
  exec-agent run alpine echo hello                 run one container, without a queue
  exec-agent serve                                 start an agent
  exec-agent submit request.json --wait            send a request and wait for its response

"exec-agent COMMAND --help" shows more. "exec-agent config" lists every setting.`;

/** Runs one command line; resolves to the exit code and never rejects. */
export async function runProgram(given: readonly string[], bare: Terminal): Promise<number> {
  const { own, args } = arrange(given, bare);
  const terminal = own.includes('--raw') ? withoutEscaping(bare) : bare;
  let exitCode: number = exitCodes.ok;
  const program = createProgram({ terminal, exitWith: (code) => (exitCode = code) });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, terminal, { debug: own.includes('--debug') });
  }
}

/** Which arguments are options of the program, and all of them as Commander reads them. */
function arrange(args: readonly string[], terminal: Terminal): ArrangedArguments {
  const [name, ...rest] = args;
  if (name !== 'run') return { own: args.includes('--') ? args.slice(0, args.indexOf('--')) : args, args };
  const scratch = new Command();
  addRunCommand(scratch, { terminal, exitWith: () => undefined });
  const options = scratch.commands.flatMap((command) => command.options);
  const arranged = arrangeArguments(rest, options);
  return { own: arranged.own, args: [name, ...arranged.args] };
}

function createProgram(context: CommandContext): Command {
  const program = new Command('exec-agent');
  applyLook(program, context.terminal);
  program
    .description(description)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', epilogue)
    // Options of a command come after its name.
    .enablePositionalOptions()
    .exitOverride();
  program.commandsGroup('Run:');
  addRunCommand(program, context);
  addDemoCommand(program, context);
  program.commandsGroup('Serve:');
  addServeCommand(program, context);
  addMcpCommand(program, context);
  addServiceCommand(program, context);
  program.commandsGroup('Executions:');
  addSubmitCommand(program, context);
  addExecutionCommands(program, context);
  program.commandsGroup('Agents:');
  addLoginCommands(program, context);
  addQueueCommands(program, context);
  program.commandsGroup('Administer:');
  addTokenCommands(program, context);
  addValidateCommand(program, context);
  addPolicyCommand(program, context);
  addDoctorCommand(program, context);
  addConfigCommand(program, context);
  addImagesCommand(program, context);
  addCompletionCommand(program, context);
  addDataTasks(program, context);
  program.addHelpCommand(
    program.createCommand('help').argument('[command]').description('print the help of a command'),
  );
  addCommonOptions(program);
  return program;
}

function addCommonOptions(parent: Command): void {
  for (const command of parent.commands) {
    command.helpOption('-h, --help', 'print this help');
    if (command.commands.length > 0) command.helpCommand('help [command]', 'print the help of a command');
    if (command.commands.length === 0)
      command
        .option('--raw', 'do not escape control characters in output, logs and errors on a terminal')
        .option('--debug', 'print the log, and stack traces of errors');
    addCommonOptions(command);
  }
}

function applyLook(program: Command, { stdout, stderr }: Terminal): void {
  program.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    getOutHelpWidth: () => helpWidth(stdout),
    getErrHelpWidth: () => helpWidth(stderr),
    getOutHasColors: () => stdout.colors.isColorSupported,
    getErrHasColors: () => stderr.colors.isColorSupported,
    outputError: (text, write) => write(text.replace(/^error:/, stderr.colors.red('error:'))),
  });
  const help = new Help();
  program.configureHelp({
    commandDescription: (command) => descriptionOf(command),
    visibleOptions: (command) => groupsLast(help.visibleOptions(command)),
    subcommandTerm: (command) => command.name(),
    styleTitle: (title) => stdout.colors.bold(title),
    styleCommandText: (text) => stdout.colors.cyan(text),
    styleOptionText: (text) => stdout.colors.cyan(text),
    styleSubcommandText: (text) => stdout.colors.cyan(text),
  });
}

/** Sentences, whose lines only the width of the terminal ends. */
function descriptionOf(command: Command): string {
  const text = command.description() || command.summary();
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.:]$/.test(text) ? '' : '.'}`;
  return sentence.replaceAll(/(?<![.:\n])\n(?!\n)/g, ' ');
}

/** What a command shares with many others comes after what is its own. */
function groupsLast(options: readonly Option[]): Option[] {
  const own = options.filter(({ helpGroupHeading: group }) => group !== agentsGroup && group !== imagesGroup);
  return [...own, ...options.filter((option) => !own.includes(option))];
}

const widestHelp = 110;

function helpWidth(sink: Sink): number {
  return Math.min(sink.columns(), widestHelp);
}
