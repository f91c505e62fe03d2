/** What the waiter is to become: the arguments, the first of them the program, and variables on top of its own. */
export interface Command {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The second message. */
export const go = Buffer.from('g');

/** The maxima of waiter.c. */
const waiterLimits = { textBytes: 61_440, parts: 4096 };

const headBytes = 12;

/** The first message, in the form that waiter.c describes; undefined: it cannot say that. */
export function waiterMessage({ args, env }: Command): Buffer | undefined {
  const variables = Object.entries(env);
  const isNamed = variables.every(([name]) => name !== '' && !name.includes('='));
  const parts = [...args, ...variables.map(([name, value]) => `${name}=${value}`)];
  if (!args[0] || !isNamed || parts.length > waiterLimits.parts) return undefined;
  if (parts.some((part) => part.includes('\0'))) return undefined;
  const text = Buffer.from(parts.map((part) => `${part}\0`).join(''));
  if (text.length > waiterLimits.textBytes) return undefined;
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(args.length, 4);
  head.writeUInt32LE(variables.length, 8);
  return Buffer.concat([head, text]);
}
