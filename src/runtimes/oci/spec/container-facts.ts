import { constants } from 'node:os';
import { z } from 'zod';
import { readIfThere } from '../../../support/files/read-if-there.ts';

const prefix = 'exec-agent.';

/** What starting and following a container takes, besides what its engine reads. */
const factsSchema = z.object({
  /** The command's name, for messages. */
  command: z.string(),
  /** Digest of the image: while the container is there, the image stays. */
  image: z.string(),
  /** The image's root filesystem. */
  lower: z.string(),
  /** What the container may write to its root filesystem. */
  layerBytes: z.coerce.number().int(),
  /** The number of the signal that asks it to end. */
  stopSignal: z.coerce.number().int().default(constants.signals.SIGTERM),
  /** Whether its launcher makes its control group, or it is there already. */
  enters: z.stringbool().default(false),
  /** A directory in memory with the config.json that its engine reads, which holds secrets; absent: there are none in it. */
  memory: z.string().optional(),
});

export type ContainerFacts = z.infer<typeof factsSchema>;

const configSchema = z.object({ annotations: z.record(z.string(), z.string()) });

/** As annotations of config.json, which engines leave alone. */
export function annotate(facts: ContainerFacts): Readonly<Record<string, string>> {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [`${prefix}${name}`, String(value)]));
}

/**
 * Reads them from a config.json, for an agent that finds the container later.
 * @returns undefined when there is no such container
 */
export async function readFacts(config: string): Promise<ContainerFacts | undefined> {
  const text = await readIfThere(config);
  // Its creation was cut short before the file was complete.
  if (text === undefined || !text.endsWith('\n')) return undefined;
  const { annotations } = configSchema.parse(JSON.parse(text));
  const own = Object.entries(annotations)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
  return factsSchema.parse(Object.fromEntries(own));
}
