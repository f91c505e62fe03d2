import { posix } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import type { Step } from '../../../wire/plan/plan.ts';
import type { HoldOrder } from '../../../wire/pod/pod.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import { chooseCommand } from '../../command/choose-command.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import { refuseLongArguments } from '../../command/refuse-long-arguments.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import { secretVariables } from '../../secrets/secret-variables.ts';
import { capabilitiesOf } from '../../users/capabilities.ts';
import { holdUser } from '../../users/hold-user.ts';
import { homeOf, type UserDatabase } from '../../users/resolve-user.ts';
import { capabilityNumbers } from './capability-numbers.ts';
import type { Isolation } from './isolation.ts';
import { holdMounts } from './pod-shape.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Also on nodes whose processes have a low limit of their own. */
const defaultOpenFiles = 16_384;
/** Threads of keep and the holds, which are counted with the processes of a command that is root. */
const ownProcesses = 32;

export type OrderSpec = Pick<SandboxSpec, 'resources' | 'confinement'> & { readonly isolation: Isolation };

/**
 * What a step executes, and as whom.
 * @param database of the step's image
 * @throws ExecError START_FAILED when there is no command or the image does not know the user; POLICY_DENIED for its user
 */
export async function describeOrder(
  { step, image, secrets = [] }: StepSpec,
  { resources, confinement, isolation }: OrderSpec,
  database: UserDatabase,
): Promise<HoldOrder> {
  const { entrypoint = [], command: own = [], user: imageUser = '', env = [], workingDir = '/' } = image.config ?? {};
  const command = chooseCommand(step, { entrypoint, command: own });
  if (command.length === 0)
    throw new ExecError(
      'START_FAILED',
      sentence`The image ${step.image.reference} has no command of its own. Name one in ${part('command')}.`,
    );
  const ids = await holdUser({
    asked: step.user,
    imageUser,
    rules: confinement,
    readDatabase: async () => database,
  });
  const fixed = [`PATH=${defaultPath}`, `HOSTNAME=${containerHostname}`, `HOME=${homeOf(ids.uid, database)}`];
  const asked = Object.entries({ ...step.env, ...secretVariables(secrets) }).map(([name, value]) => `${name}=${value}`);
  const variables = withoutRepeats([...fixed, ...env, ...asked]);
  refuseLongArguments(command, variables);
  const openFiles = resources.openFiles ?? defaultOpenFiles;
  const isOwn = isolation === 'own';
  const processes = resources.pids + ownProcesses;
  return {
    ownNetwork: isOwn,
    filter: true,
    noNewPrivileges: true,
    // Without its own namespace nothing can be unmounted; what is seen is useless without the nonce.
    hidden: isOwn ? [holdMounts.program, holdMounts.line] : [],
    user: {
      uid: ids.uid,
      gid: ids.gid,
      additionalGids: [...ids.additionalGids],
      capabilities: [...capabilityNumbers(capabilitiesOf(confinement))],
    },
    directory: step.workingDir ?? posix.resolve('/', workingDir),
    ...streamFilesOf(step),
    limits: [
      { resource: 'core', soft: 0, hard: 0 },
      { resource: 'files', soft: openFiles, hard: openFiles },
      // It would count the processes of all pods whose commands have the same user.
      ...(isOwn ? [{ resource: 'processes', soft: processes, hard: processes } as const] : []),
    ],
    command: [...command],
    variables,
  };
}

interface StreamFiles {
  stdin?: string;
  stdout?: string;
  stderr?: string;
}

/** The files that are the standard streams of a step. */
export function streamFilesOf({ stdin, stdout, stderr }: Step): StreamFiles {
  return {
    ...(stdin === undefined ? {} : { stdin }),
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
  };
}

/** The last of each name counts. */
function withoutRepeats(variables: readonly string[]): string[] {
  const named = variables.filter((variable) => variable.indexOf('=') > 0);
  return [...new Map(named.map((variable) => [variable.slice(0, variable.indexOf('=')), variable])).values()];
}
