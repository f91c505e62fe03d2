import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Modal } from './parts/modal.tsx';
import { goTo } from './router.ts';

/** Every key, and what it does. Keys of a page are marked with `data-key` on what they press. */
const keys: readonly (readonly [string, string])[] = [
  ['?', 'show this list'],
  ['/', 'go to the filter or search field'],
  ['g e', 'executions'],
  ['g n', 'new execution'],
  ['g a', 'agents'],
  ['g o', 'overview'],
  ['g q', 'queue'],
  ['g i', 'images'],
  ['j k', 'next, previous row'],
  ['Enter', 'open the row'],
  ['s l f y r', 'summary, log, files, graph, response of an execution'],
  ['a', 'run the execution again, after a look at its request'],
  ['c', 'cancel the execution'],
  ['n N', 'next, previous hit of a search in a long log'],
  ['w', 'wrap the lines of a log'],
  ['e', 'go to the end of a log and follow it'],
];

const pages: Readonly<Record<string, string>> = {
  e: '/ui/',
  n: '/ui/new',
  a: '/ui/agents',
  o: '/ui/overview',
  q: '/ui/queue',
  i: '/ui/images',
};
const helpIsOpen = signal(false);

export function useKeys(): void {
  useEffect(() => {
    let isGoing = false;
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      // The focus stays in a dialog until the next frame after it is closed.
      const isTyping = target instanceof Element && target.closest('input, textarea, select, dialog[open]') !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const url = isGoing ? pages[key] : undefined;
      isGoing = key === 'g';
      if (url !== undefined) goTo(url);
      else if (key === '?') helpIsOpen.value = true;
      else if (key === 'j' || key === 'k') moveRow(key === 'j' ? 1 : -1);
      else if (!press(key)) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function press(key: string): boolean {
  const element = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (element === null) return false;
  // Also before a click, so that a dialog which it opens returns the focus there.
  element.focus();
  if (!(element instanceof HTMLInputElement) || element.type === 'checkbox') element.click();
  return true;
}

function moveRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const active = document.activeElement;
  const index = active instanceof HTMLElement ? rows.indexOf(active) : -1;
  rows[index === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, index + step))]?.focus();
}

export function KeyboardHelp() {
  if (!helpIsOpen.value) return null;
  const close = () => {
    helpIsOpen.value = false;
  };
  return (
    <Modal label="Keyboard" onClose={close}>
      <h2>Keyboard</h2>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close}>
        Close
      </button>
    </Modal>
  );
}
