import { signal } from '@preact/signals';
import { keep, readKept } from './browser-storage.ts';

export type TimeZone = 'local' | 'UTC';

const key = 'exec-agent-time-zone';
const dateAndTime: Intl.DateTimeFormatOptions = { dateStyle: 'short', timeStyle: 'medium' };
const zone = signal<TimeZone>(readKept(key) === 'UTC' ? 'UTC' : 'local');

/** In which zone times are shown. */
export function timeZone(): TimeZone {
  return zone.value;
}

export function switchTimeZone(): void {
  zone.value = zone.value === 'UTC' ? 'local' : 'UTC';
  keep(key, zone.value === 'UTC' ? zone.value : null);
}

/** `30/11/2026, 04:05:06 UTC`, in the user's language and the chosen zone. */
export function formatMoment(moment: Date, options = dateAndTime): string {
  if (zone.value === 'local') return moment.toLocaleString(undefined, options);
  return `${moment.toLocaleString(undefined, { ...options, timeZone: 'UTC' })} UTC`;
}
