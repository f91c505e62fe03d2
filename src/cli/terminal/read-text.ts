import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { Terminal } from './terminal.ts';

/**
 * The text of a file, or of standard input for `-`, without a byte order mark.
 * @param options.maxBytes more than this is not read
 * @throws ExecError INVALID_REQUEST for a file that cannot be read or is too large
 */
export async function readText(
  source: string,
  { stdin, stderr, cwd }: Terminal,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal?: AbortSignal },
): Promise<string> {
  const isStdin = source === '-';
  if (isStdin && stdin.isTTY === true) stderr.line(stderr.colors.dim('Reading from the terminal; end with Ctrl-D.'));
  const stream = isStdin ? stdin : createReadStream(resolve(cwd, source));
  if (signal !== undefined) addAbortSignal(signal, stream);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) throw tooLarge(source, maxBytes);
      chunks.push(bytes);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ExecError ? error : unreadable(source, error);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function tooLarge(source: string, maxBytes: number): ExecError {
  return new ExecError(
    'INVALID_REQUEST',
    `${nameOf(source)} has more than the ${formatBytes(maxBytes)} that fit into a request (EXEC_MESSAGE_MAX). ` +
      'Put large inputs into the object store and name them in input.minio_objects.',
  );
}

/** The sentence for a file on the command line that cannot be read. */
export function unreadable(source: string, error: unknown): ExecError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'you may not read it',
    EISDIR: 'it is a directory',
  };
  const reason = reasons[errnoOf(error) ?? ''] ?? messageOf(error);
  return new ExecError('INVALID_REQUEST', `${nameOf(source)} cannot be read: ${reason}.`, { cause: error });
}

function nameOf(source: string): string {
  return source === '-' ? 'Standard input' : source;
}
