import { signal } from '@preact/signals';
import { Modal } from './modal.tsx';

interface Question {
  /** Another one than that of the question before, if that is still there. */
  readonly id: number;
  readonly text: string;
  readonly action: string;
  readonly resolve: (yes: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** Asks before something that cannot be undone. */
export function confirm(text: string, action: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { id: (question.value?.id ?? 0) + 1, text, action, resolve };
  });
}

export function ConfirmDialog() {
  const asked = question.value;
  if (asked === undefined) return null;
  const close = (yes: boolean) => {
    asked.resolve(yes);
    // A dialog reports that it was closed a moment later, when the next question may have been asked already.
    if (question.value === asked) question.value = undefined;
  };
  return (
    <Modal key={asked.id} label={asked.action} onClose={() => close(false)}>
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
