import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface ModalProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A dialog over the page. It takes the focus, and gives it back to what had it. */
export function Modal({ label, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Only a dialog that is closed before it is taken out of the page returns the focus.
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={label}>
      {children}
    </dialog>
  );
}
