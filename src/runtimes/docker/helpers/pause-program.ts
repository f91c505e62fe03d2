import { machines, staticExecutable } from '../../freestanding/static-executable.ts';

/** A program that sleeps until it is killed, as a static executable. */
export interface PauseProgram {
  /** As engines call it. */
  readonly architecture: string;
  /** Where it stands in the helper image. */
  readonly path: string;
  readonly content: Buffer;
}

// mov eax, 34 (pause); syscall; jmp to the beginning
const amd64 = Buffer.from('b8220000000f05ebf7', 'hex');
// x0 to x4 = 0; x8 = 73 (ppoll); svc 0; b to the beginning
const arm64 = Buffer.from('000080d2010080d2020080d2030080d2040080d2280980d2010000d4f9ffff17', 'hex');

export const pausePrograms: readonly PauseProgram[] = [
  { architecture: 'amd64', path: '/pause-amd64', content: staticExecutable(machines.amd64, amd64) },
  { architecture: 'arm64', path: '/pause-arm64', content: staticExecutable(machines.arm64, arm64) },
];
