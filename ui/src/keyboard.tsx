import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { addressOf } from './base.ts';
import { keep, readKept } from './parts/browser-storage.ts';
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
  ['s l f h u r', 'summary, log, files, graph, request, response of an execution'],
  ['a', 'run the execution again, after a look at its request'],
  ['c', 'cancel the execution'],
  ['n N', 'next, previous hit of a search in a long log'],
  ['y', 'copy a link to the selected lines of a log'],
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
const fields = 'input, textarea, select, dialog';
const helpIsOpen = signal(false);
// Single keys can be in the way of speech input, so they can be turned off.
const offKey = 'exec-agent keys off';
const isOff = signal(readKept(offKey) !== null);

function turn(on: boolean): void {
  keep(offKey, on ? null : '1');
  isOff.value = !on;
}

export function openKeyboardHelp(): void {
  helpIsOpen.value = true;
}

export function useKeys(): void {
  useEffect(() => {
    let isGoing = false;
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      // A field of a dialog that was just closed has the focus until the next frame, and is hidden.
      const isTyping = target instanceof Element && target.checkVisibility() && target.closest(fields) !== null;
      if (isOff.value || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const url = isGoing ? pages[key] : undefined;
      isGoing = key === 'g';
      if (url !== undefined) goTo(addressOf(url));
      else if (key === '?') openKeyboardHelp();
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
      <label class="check">
        <input type="checkbox" checked={!isOff.value} onChange={({ currentTarget }) => turn(currentTarget.checked)} />
        use these keys
      </label>
      <button type="button" onClick={close}>
        Close
      </button>
    </Modal>
  );
}
