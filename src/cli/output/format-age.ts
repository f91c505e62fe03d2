const steps = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
  { unit: 's', ms: 1000 },
] as const;

/** 125_000 → `2m`: how long ago, as exact as a glance needs. */
export function formatAge(ms: number): string {
  const step = steps.find((candidate) => ms >= candidate.ms);
  return step === undefined ? 'now' : `${Math.floor(ms / step.ms)}${step.unit}`;
}
