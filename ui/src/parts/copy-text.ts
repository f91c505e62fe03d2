/** Puts a text into the clipboard. Browsers offer the modern way on TLS and on loopback only. */
export async function copyText(text: string): Promise<void> {
  // Typed as always there.
  if (Reflect.has(navigator, 'clipboard')) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  const active = document.activeElement;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  if (active instanceof HTMLElement) active.focus();
}
