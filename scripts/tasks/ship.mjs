import { runProjectTask } from '../steps/run-project.mjs';

/**
 * The tests of what is shipped: the package, the compose file, the examples, and the commands that the documents show.
 * @param {string[]} args
 */
export const run = (args) => runProjectTask('ship', args);
