/** An option of a command, as Commander has it. */
export interface KnownOption {
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  /** Its value has to follow. */
  readonly required: boolean;
  /** A value may follow. */
  readonly optional: boolean;
}

export interface ArrangedArguments {
  /** The options of the program. */
  readonly own: readonly string[];
  /** All of them, with `--` before the command of the container. */
  readonly args: readonly string[];
}

/**
 * Separates the options of `run` from the command of the container, as Docker does: what follows the image belongs to the
 * command. With `IMAGE OPTIONS -- COMMAND`, the options are ours, as are all options with a request file.
 * @param args those after `run`
 */
export function arrangeArguments(args: readonly string[], options: readonly KnownOption[]): ArrangedArguments {
  const at = findTarget(args, options);
  const target = args[at];
  if (target === undefined) return { own: args, args };
  const before = args
    .slice(0, at)
    .filter((arg) => arg !== '--')
    .map(namesTerminal);
  const { own, command } = splitRest(target, args.slice(at + 1));
  const all = [...before, ...own];
  // An option whose value may follow would take the target for it, so that the target comes first.
  return { own: all, args: [target, ...all, ...(command.length === 0 ? [] : ['--', ...command])] };
}

/** With Docker, -it asks for a terminal; here it would name the input "t". */
function namesTerminal(arg: string): string {
  return /^-i[itd]*t[itd]*$/.test(arg) ? '--tty' : arg;
}

function splitRest(
  target: string,
  rest: readonly string[],
): { readonly own: readonly string[]; readonly command: readonly string[] } {
  const separator = rest.indexOf('--');
  const isOurs = target === '-' || target.endsWith('.json') || (separator > 0 && rest[0]?.startsWith('-') === true);
  if (isOurs && separator < 0) return { own: rest, command: [] };
  if (isOurs || separator === 0) return { own: rest.slice(0, separator), command: rest.slice(separator + 1) };
  return { own: [], command: rest };
}

/** The index of the first argument that is neither an option nor the value of one. */
function findTarget(args: readonly string[], options: readonly KnownOption[]): number {
  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? '';
    if (arg === '--') return at + 1;
    if (!isOption(arg)) return at;
    at += takesNext(arg, args[at + 1], options) ? 2 : 1;
  }
  return at;
}

function isOption(arg: string): boolean {
  return arg.length > 1 && arg.startsWith('-');
}

function takesNext(arg: string, next: string | undefined, options: readonly KnownOption[]): boolean {
  const option = arg.startsWith('--') ? options.find(({ long }) => long === arg) : lastOf(arg, options);
  if (option === undefined || next === undefined) return false;
  return option.required || (option.optional && !isOption(next));
}

/** Of letters that are written together, the last one, if the value of none of them is written with it. */
function lastOf(arg: string, options: readonly KnownOption[]): KnownOption | undefined {
  const letters = [...arg.slice(1)];
  for (const [index, letter] of letters.entries()) {
    const option = options.find(({ short }) => short === `-${letter}`);
    if (option === undefined || index === letters.length - 1) return option;
    if (option.required || option.optional) return undefined;
  }
  return undefined;
}
