import { signal } from '@preact/signals';
import { Modal } from './modal.tsx';

interface Question {
  readonly text: string;
  readonly action: string;
  readonly resolve: (yes: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** Asks before something that cannot be undone. */
export function confirm(text: string, action: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { text, action, resolve };
  });
}

export function ConfirmDialog() {
  const asked = question.value;
  if (asked === undefined) return null;
  const close = (yes: boolean) => {
    // A dialog that was closed by a button says so again later, when the next question may be asked.
    if (question.value !== asked) return;
    question.value = undefined;
    asked.resolve(yes);
  };
  return (
    <Modal label={asked.action} onClose={() => close(false)}>
      <p>{asked.text}</p>
      <div class="buttons">
        {/* The harmless answer comes first, so that it has the focus. */}
        <button type="button" onClick={() => close(false)}>
          No
        </button>
        <button type="button" class="danger" onClick={() => close(true)}>
          {asked.action}
        </button>
      </div>
    </Modal>
  );
}
