/** Labels as the queue compares them: `arch=amd64,gpu=a100`, sorted. */
export function placementText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');
}
