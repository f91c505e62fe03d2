const fileHeaderBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000n;

/** What elf(5) calls them. */
export const machines = { amd64: 62, arm64: 183 } as const;

/** A 64-bit little-endian executable of elf(5) with one segment, which is loaded and run from its beginning. */
export function staticExecutable(machine: number, code: Buffer): Buffer {
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
