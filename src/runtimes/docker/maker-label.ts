import { z } from 'zod';
import type { Owners } from '../../support/processes/owners.ts';
import { processMarkSchema } from '../../support/processes/process-mark.ts';
import { labels } from './labels.ts';

/** For what is made before anyone needs it: nobody will use it once this process has gone. */
export async function makerLabel(owners: Owners): Promise<Readonly<Record<string, string>>> {
  return { [labels.maker]: JSON.stringify(await owners.mark()) };
}

/** The process that made it has gone. */
export async function isAbandoned(owners: Owners, labelled: Readonly<Record<string, string>>): Promise<boolean> {
  const maker = makerSchema.safeParse(labelled[labels.maker]);
  return !maker.success || !(await owners.isAlive(maker.data));
}

const makerSchema = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'no JSON' });
      return z.NEVER;
    }
  })
  .pipe(processMarkSchema);
