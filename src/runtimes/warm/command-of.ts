import { chooseCommand, type ImageCommand } from '../command/choose-command.ts';
import type { StepSpec } from '../runtime.ts';
import { secretVariables } from '../secrets/secret-variables.ts';
import type { Command } from './waiter-message.ts';

/** What the engine would run. */
export function commandOf({ step, secrets = [] }: StepSpec, image: ImageCommand): Command {
  return { args: chooseCommand(step, image), env: { ...step.env, ...secretVariables(secrets) } };
}
