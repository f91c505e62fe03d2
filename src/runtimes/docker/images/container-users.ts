import { ExecError } from '../../../support/exec-error.ts';
import type { Confinement } from '../../../wire/plan/plan.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import type { ResolvedImage, StepSpec } from '../../runtime.ts';
import { holdUser, judgesUsers } from '../../users/hold-user.ts';
import { idNamed, type UserDatabase, type UserIds } from '../../users/resolve-user.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { inspectImage } from './inspect-image.ts';
import { readImageUsers } from './read-image-users.ts';

type Labels = Readonly<Record<string, string>>;

/** Who runs in a container, known before the engine makes it. */
export interface ContainerUsers {
  /**
   * The ids that the engine is to be given; undefined: the policy leaves it to the engine.
   * @param labels of a container that may be made to read the image's files
   * @throws ExecError POLICY_DENIED | START_FAILED | RUNTIME_UNAVAILABLE
   */
  idsOf(step: StepSpec, confinement: Confinement, labels: Labels): Promise<UserIds | undefined>;
}

// The files of one image never change, and each is at most a MiB.
const rememberedImages = 16;

export function createContainerUsers(engine: Engine): ContainerUsers {
  const databases = new Map<string, UserDatabase>();

  async function databaseOf(image: ResolvedImage, labels: Labels): Promise<UserDatabase> {
    const key = image.id ?? image.digest;
    const database = databases.get(key) ?? (await readImageUsers(engine, image, labels));
    databases.delete(key);
    databases.set(key, database);
    const [oldest] = databases.keys();
    if (databases.size > rememberedImages && oldest !== undefined) databases.delete(oldest);
    return database;
  }

  return {
    async idsOf({ step, image }, confinement, labels) {
      if (!judgesUsers(confinement)) return undefined;
      const imageUser = step.user ? '' : ((await inspectImage(engine, image)).Config?.User ?? '');
      let database: UserDatabase = { passwd: '', group: '' };
      const ids = await holdUser({
        asked: step.user,
        imageUser,
        rules: confinement,
        readDatabase: async () => {
          database = await databaseOf(image, labels);
          return database;
        },
      });
      refuseNumericNames(ids, database);
      return ids;
    },
  };
}

/** The engine takes a supplementary group for a name first, and an image may give a name of digits any number. */
function refuseNumericNames({ additionalGids }: UserIds, database: UserDatabase): void {
  const odd = additionalGids.find((gid) => (idNamed(String(gid), 'group', database) ?? gid) !== gid);
  if (odd === undefined) return;
  throw new ExecError(
    'POLICY_DENIED',
    sentence`${part('user')}: the image has a group that is called "${odd}" and has another number, so the supplementary groups of its user cannot be held to the policy. Name the group, such as "1000:1000".`,
    { context: { setting: 'groups' } },
  );
}
