/** How states and codes are shown: an icon and a look, which gives the colour. */
const looks: Readonly<Record<string, readonly [icon: string, look: Look]>> = {
  queued: ['◷', 'waiting'],
  staging: ['⇣', 'active'],
  running: ['▶', 'active'],
  collecting: ['⇡', 'active'],
  OK: ['✓', 'good'],
  CANCELED: ['⊘', 'quiet'],
};

export type Look = 'waiting' | 'active' | 'good' | 'bad' | 'quiet';

/** @param word a state or, once finished, a code */
export function lookOf(word: string): readonly [icon: string, look: Look] {
  return looks[word] ?? ['✕', 'bad'];
}
