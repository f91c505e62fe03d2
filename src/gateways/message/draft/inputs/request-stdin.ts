import { describePathProblem, relativeBelow } from '../../../../support/files/container-path.ts';
import type { Input } from '../../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../../wire/request/request.ts';
import { invalidField } from '../../request/invalid-request.ts';
import { layout } from '../workspace-layout.ts';

type Stdin = NonNullable<ExecutionRequest['container']['stdin']>;

/** The input for a standard input whose content is in the request. */
export function stdinInputs({ container: { stdin } }: ExecutionRequest): Input[] {
  if (stdin === undefined) return [];
  const { content, encoding = 'utf8' } = partsOf(stdin);
  if (content === undefined) return [];
  return [{ kind: 'inline', origin: 'container.stdin', path: layout.stdin, content, encoding }];
}

/**
 * Where the standard input of the command is.
 * @throws ExecError INVALID_REQUEST for one that is not given, given twice, or no input of the request
 */
export function stdinPath({ container: { stdin } }: ExecutionRequest, inputs: readonly Input[]): string | undefined {
  if (stdin === undefined) return undefined;
  const { content, input, encoding } = partsOf(stdin);
  if ((content === undefined) === (input === undefined))
    throw invalidField('container.stdin', stdin, 'needs either content or input. Give one of them.');
  if (input === undefined) return layout.stdin;
  if (encoding !== undefined)
    throw invalidField('container.stdin.encoding', encoding, 'is for content only. Leave it out with input.');
  const path = inputPath(input);
  if (!inputs.some((each) => holds(each, path)))
    throw invalidField(
      'container.stdin.input',
      input,
      'is no input of this request. Add it to input.files, input.objects or input.minio_objects, or write the text in container.stdin.',
    );
  return path;
}

function partsOf(stdin: Stdin): Exclude<Stdin, string> {
  return typeof stdin === 'string' ? { content: stdin } : stdin;
}

function inputPath(input: string): string {
  const field = 'container.stdin.input';
  const below = relativeBelow(input);
  if (!('path' in below))
    throw invalidField(field, input, `${describePathProblem(below.problem)}. Name a file below ${layout.input}.`);
  if (below.path.endsWith('/')) throw invalidField(field, input, 'names a directory. Name a file.');
  return `${layout.input}/${below.path}`;
}

/** What a prefix brings is not known yet. */
function holds({ kind, path: held }: Input, path: string): boolean {
  return kind === 'prefix' ? path.startsWith(`${held}/`) : held === path;
}
