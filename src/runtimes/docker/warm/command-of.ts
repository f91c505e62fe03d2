import type { StepSpec } from '../../runtime.ts';
import { secretVariables } from '../../secret-variables.ts';
import type { Command } from './waiter-message.ts';

/** What an image runs when nothing else is said. */
export interface ImageCommand {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** What the engine would run: the image's command goes with its entrypoint only, and either gives way to the step's. */
export function commandOf({ step, secrets = [] }: StepSpec, image: ImageCommand): Command {
  const { entrypoint, command = [] } = step;
  const env = { ...step.env, ...secretVariables(secrets) };
  const hasOwnEntrypoint = entrypoint !== undefined && entrypoint.length > 0;
  const rest = command.length === 0 && !hasOwnEntrypoint ? image.command : command;
  return { args: [...(entrypoint ?? image.entrypoint), ...rest], env };
}
