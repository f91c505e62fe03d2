import { type Architecture, readProgram } from '../../freestanding/read-program.ts';

/** Where the program that sleeps until it is killed is in the helper image. */
export function pausePath(architecture: Architecture): string {
  return `/pause-${architecture}`;
}

export function readPauseProgram(architecture: Architecture): Promise<Buffer> {
  return readProgram('runtimes/docker/helpers/pause/pause', architecture);
}
