import { ExecError } from '../../support/exec-error.ts';

/** What skopeo's words mean to the person who named the image. */
export function explainPullFailure(reference: string, registry: string, output: string): ExecError {
  const reason = reasonIn(output);
  if (/manifest unknown|name unknown|not found|404|no such image|does not exist/i.test(reason))
    return new ExecError(
      'IMAGE_NOT_FOUND',
      `The image ${reference} does not exist (${reason}). Check its name and tag, or build and push it first.`,
    );
  const cure = /unauthorized|authentication required|denied|forbidden|403|401/i.test(reason)
    ? `If the image is there, give the agent credentials: skopeo login ${registry}.`
    : 'Check that this machine reaches the registry, or bring the image with "exec-agent images pull --from".';
  return new ExecError('IMAGE_PULL_FAILED', `The image ${reference} could not be pulled: ${reason}. ${cure}`);
}

/** The message of the last line that skopeo's log calls fatal, or else its last line. */
export function reasonIn(output: string): string {
  const fatal = [...output.matchAll(/level=fatal msg=("(?:[^"\\]|\\.)*")/g)].at(-1)?.[1];
  const line = fatal === undefined ? output.trim().split('\n').at(-1) : fatal.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return (line ?? '').replace(/\.$/, '') || 'no reason was given';
}
