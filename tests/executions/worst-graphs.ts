/** Graph documents that take longest to check, each in another way, by their size in bytes. */
export const worstGraphs: Readonly<Record<string, (bytes: number) => string>> = {
  'unusual numbers': (bytes) => graphOf('1.0', bytes),
  'long numbers': (bytes) => graphOf('12345678901234567890', bytes),
  'short texts': (bytes) => graphOf('"a"', bytes),
  'escaped texts': (bytes) => graphOf('"\\n"', bytes),
  'long texts': (bytes) => graphOf(`"${'x'.repeat(20_000)}"`, bytes),
  names: (bytes) => {
    const names = Array.from({ length: Math.floor((bytes - 60) / 12) }, (_, index) => `"${index + 1_000_000}":1`);
    return `{"nodes":[{${names.join(',')}}],"relationships":[]}`;
  },
  nodes: (bytes) => {
    const nodes = Array.from({ length: Math.min(1_000_000, Math.floor((bytes - 60) / 9)) }, () => '{"a":1}');
    return `{"nodes":[${nodes.join(', ')}],"relationships":[]}`;
  },
};

/** As often as fits. */
function graphOf(value: string, bytes: number): string {
  const values = Array.from({ length: Math.floor((bytes - 60) / (value.length + 1)) }, () => value);
  return `{"nodes":[{"a":[${values.join(',')}]}],"relationships":[]}`;
}
