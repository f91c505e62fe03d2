import { useEffect } from 'preact/hooks';
import { lookOf } from './state-looks.ts';

/** Colours the icon of the browser's tab as a state is shown; undefined: as always. @param word a state or a code */
export function useTabIcon(word: string | undefined): void {
  const look = word === undefined ? undefined : lookOf(word)[1];
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link === null || look === undefined) return undefined;
    const usual = link.href;
    // The build writes one for each look.
    link.href = usual.replace(/\.svg$/, `-${look}.svg`);
    return () => {
      link.href = usual;
    };
  }, [look]);
}
