import { ExecError } from '../../../support/exec-error.ts';
import { part, type Sentence, sentence } from '../../../wire/sentence.ts';
import { commandFailed } from '../../command/explain-failed-exec.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import type { Refusal } from './connect-engine.ts';

// Prefixes that the engine, the shim and the OCI runtime add to the message.
const wrapping =
  /^(?:Error response from daemon|failed to create (?:shim|task)[^:]*|OCI runtime create failed|runc create failed|crun|container_linux\.go:\d+|process_linux\.go:\d+|starting container process caused|unable to start container process|container init caused|error during container init)(?: caused)?: /;

// Troubles of the engine's machine, which another request would meet as well.
const machineTrouble =
  /no space left on device|cannot allocate memory|too many open files|docker-init|input\/output error/i;

// The engine answers, but what starts containers for it is away, or has not got over its restart.
const engineTrouble =
  /i\/o timeout|connection refused|context deadline exceeded|transport is closing|task \w+: already exists|id already in use/i;
const away: AwayFacts = { runtimeAway: true };

/** The engine's sentence without its wrapping. */
export function cleanSentence(message: string): string {
  let said = message.trim();
  for (let match = wrapping.exec(said); match !== null; match = wrapping.exec(said)) {
    said = said.slice(match[0].length);
  }
  return said.replace(/: unknown$/, '');
}

/** Explains to the author of the request why a container could not be created or started. */
export function explainRefusal({ status, message }: Refusal, image: string): ExecError {
  const said = cleanSentence(message);
  const context = { status, message };
  if (status === 404 && /no such image/i.test(message)) {
    const text = `The image "${image}" is not on this engine any more. Try again: it will be pulled anew.`;
    return new ExecError('IMAGE_NOT_FOUND', text, { context });
  }
  const exec = /exec:? "(?<command>[^"]*)": (?:stat [^:]*: )?(?<reason>[^:]+)/.exec(said)?.groups;
  if (exec?.command !== undefined && exec.reason !== undefined) return commandFailed(exec.command, exec.reason);
  const isAway = engineTrouble.test(message);
  if (isAway || machineTrouble.test(message)) {
    const text = `The Docker Engine could not start the container: ${said}. Look after the engine's machine.`;
    return new ExecError('RUNTIME_UNAVAILABLE', text, { context: { ...context, ...(isAway && away) } });
  }
  return new ExecError('START_FAILED', sentence`The container could not be started: ${said}.${cureOf(said)}`, {
    context,
  });
}

function cureOf(said: string): Sentence {
  if (/unable to find (user|group)|no matching entries in (passwd|group)/i.test(said))
    return sentence` Set ${part('user')} to a user that the image has, or to numbers such as "1000:1000".`;
  if (/memory limit/i.test(said)) return sentence` Set ${part('resources.memory')} higher.`;
  if (/range of cpus/i.test(said)) return sentence` Set ${part('resources.cpus')} within that range.`;
  if (/no command specified/i.test(said))
    return sentence` The image has none of its own. Name one in ${part('command')}.`;
  if (/cwd|chdir|working directory/i.test(said)) return sentence` Check ${part('workingDir')}.`;
  return '';
}
