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

/** 4200 → `4.2s`, 125_000 → `2m 5s`: how long something took. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h ${Math.floor((whole % 3600) / 60)}m`;
}
