import type { Step } from '../../wire/plan/plan.ts';

/** What an image runs when nothing else is said. */
export interface ImageCommand {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/**
 * What a container runs, as Docker chooses it: an empty command is none; an empty entry point takes the place of the image's
 * and leaves its command, any other one takes the place of both, also `[""]`, which then is none.
 * @returns empty: there is nothing to run
 */
export function chooseCommand(step: Pick<Step, 'entrypoint' | 'command'>, image: ImageCommand): readonly string[] {
  const { entrypoint = image.entrypoint, command = [] } = step;
  const isReplaced = step.entrypoint !== undefined && step.entrypoint.length > 0;
  const rest = command.length === 0 && !isReplaced ? image.command : command;
  return entrypoint.length === 1 && entrypoint[0] === '' ? rest : [...entrypoint, ...rest];
}
