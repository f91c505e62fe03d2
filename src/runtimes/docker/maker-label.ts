import { z } from 'zod';
import { isAlive, ownMark, processMarkSchema } from '../../support/processes/process-mark.ts';
import { labels } from './labels.ts';

/** For what is made before anyone needs it: nobody will use it once this process has gone. */
export async function makerLabel(): Promise<Readonly<Record<string, string>>> {
  return { [labels.maker]: JSON.stringify(await ownMark()) };
}

/** The process that made it has gone. */
export async function isAbandoned(labelled: Readonly<Record<string, string>>): Promise<boolean> {
  const maker = makerSchema.safeParse(labelled[labels.maker]);
  return !maker.success || !(await isAlive(maker.data));
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
