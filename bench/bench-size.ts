/** `full`: figures to publish. `quick`: a first look. `smoke`: one sample each, which shows only that it can be measured. */
export type BenchSize = 'full' | 'quick' | 'smoke';

/** @throws when both are asked for */
export function parseBenchSize({ quick, smoke }: { readonly quick: boolean; readonly smoke: boolean }): BenchSize {
  if (quick && smoke) throw new Error('Use --quick or --smoke, not both.');
  if (smoke) return 'smoke';
  return quick ? 'quick' : 'full';
}
