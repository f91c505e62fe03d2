import { createOwners } from '../../../src/support/processes/owners.ts';
import { processMarkSchema } from '../../../src/support/processes/process-mark.ts';

// Prints whether the process that wrote the mark lives, as it looks from here.
const [directory = '', mark = ''] = process.argv.slice(2);
const isAlive = await createOwners(directory).isAlive(processMarkSchema.parse(JSON.parse(mark)));
process.stdout.write(String(isAlive));
