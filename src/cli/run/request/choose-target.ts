import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { givenRequestFlags, type RunFlags } from '../run-flags.ts';

export type Target =
  | { readonly kind: 'request'; readonly source: string }
  | { readonly kind: 'image'; readonly reference: string };

export interface RunArguments {
  readonly target: string;
  readonly command: readonly string[];
  readonly flags: RunFlags;
}

/**
 * Whether the first argument is a request or an image.
 * @throws ExecError INVALID_REQUEST for a request file that is not there, or one with options of an ad hoc request
 */
export async function chooseTarget({ target, command, flags }: RunArguments, cwd: string): Promise<Target> {
  const isRequest = target === '-' || (target.endsWith('.json') && (await looksLikeFile(target, cwd)));
  if (!isRequest) return { kind: 'image', reference: target };
  const extra = [
    ...givenRequestFlags(flags),
    ...(flags.stdin === true ? ['--stdin'] : []),
    ...(command.length > 0 ? ['a command'] : []),
  ];
  if (extra.length > 0)
    throw new ExecError(
      'INVALID_REQUEST',
      `${target} is a complete request, so ${extra.join(', ')} cannot be used with it. Write it into the request.`,
    );
  return { kind: 'request', source: target };
}

async function looksLikeFile(target: string, cwd: string): Promise<boolean> {
  const found = await stat(resolve(cwd, target)).catch(() => undefined);
  if (found !== undefined) return found.isFile();
  // An image may end in .json too, but a mistyped file name is far likelier than that.
  if (target.includes(':') || target.includes('@')) return false;
  throw new ExecError(
    'INVALID_REQUEST',
    `${target} does not exist. Name a request file, "-" for standard input, or an image.`,
  );
}
