import { useEffect } from 'preact/hooks';

/**
 * Calls `reload` again and again while the page is visible, for what changes without an event that this user receives.
 * @param isOn false: not now
 */
export function useRefresh(reload: () => void, everyMs: number, isOn = true): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs, isOn]);
}
