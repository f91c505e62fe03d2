import { runProjectTask } from '../steps/run-project.mjs';

/**
 * Containers that attack what reads their output: links, odd names and entries, sizes without end, floods.
 * @param {string[]} args
 */
export const run = (args) => runProjectTask('hostile', args);
