/** A program that sleeps until it is killed, as a static executable. */
export interface PauseProgram {
  /** As engines call it. */
  readonly architecture: string;
  /** Where it stands in the helper image. */
  readonly path: string;
  readonly content: Buffer;
}

const fileHeaderBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000n;

// See elf(5): a 64-bit little-endian executable, one segment that is loaded and run.
function executable(machine: number, code: Buffer): Buffer {
  const headers = Buffer.alloc(fileHeaderBytes + programHeaderBytes);
  headers.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  headers.writeUInt16LE(2, 16);
  headers.writeUInt16LE(machine, 18);
  headers.writeUInt32LE(1, 20);
  headers.writeBigUInt64LE(loadAddress + BigInt(headers.length), 24);
  headers.writeBigUInt64LE(BigInt(fileHeaderBytes), 32);
  headers.writeUInt16LE(fileHeaderBytes, 52);
  headers.writeUInt16LE(programHeaderBytes, 54);
  headers.writeUInt16LE(1, 56);
  const segment = headers.subarray(fileHeaderBytes);
  segment.writeUInt32LE(1, 0);
  segment.writeUInt32LE(5, 4);
  segment.writeBigUInt64LE(loadAddress, 16);
  segment.writeBigUInt64LE(loadAddress, 24);
  const size = BigInt(headers.length + code.length);
  segment.writeBigUInt64LE(size, 32);
  segment.writeBigUInt64LE(size, 40);
  segment.writeBigUInt64LE(0x10000n, 48);
  return Buffer.concat([headers, code]);
}

// mov eax, 34 (pause); syscall; jmp to the beginning
const amd64 = Buffer.from('b8220000000f05ebf7', 'hex');
// x0 to x4 = 0; x8 = 73 (ppoll); svc 0; b to the beginning
const arm64 = Buffer.from('000080d2010080d2020080d2030080d2040080d2280980d2010000d4f9ffff17', 'hex');

export const pausePrograms: readonly PauseProgram[] = [
  { architecture: 'amd64', path: '/pause-amd64', content: executable(62, amd64) },
  { architecture: 'arm64', path: '/pause-arm64', content: executable(183, arm64) },
];
