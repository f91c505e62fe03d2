// A CRC32 is the remainder of the bytes, read as a polynomial over GF(2), modulo this one; the lowest power is the highest bit.
const polynomial = 0xedb88320;
const one = 0x80000000;

/** The CRC32 of two byte strings after each other, from that of each and the second's length. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(powerOfX(8 * secondLength), first) ^ second) >>> 0;
}

/** x to the nth power, by squaring. */
function powerOfX(n: number): number {
  let power = one;
  for (let [left, square] = [n, one >>> 1]; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}
