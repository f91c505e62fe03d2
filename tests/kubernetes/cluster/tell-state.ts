import { findState } from './build-programs.ts';

// For .ci/run: prints "built", "to build", or why there can be no cluster on this host.
const state = await findState();
process.stdout.write(`${typeof state === 'string' ? state : state.obstacle}\n`);
