import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/call.ts';
import { showInvisible } from '../log/read-ansi.ts';
import { copyText } from './copy-text.ts';
import { formatAge } from './format.ts';
import { lookOf } from './state-looks.ts';
import { formatMoment } from './time-zone.ts';

/** State and, once finished, how it ended: with an icon, a word and a colour. */
export function Badge({ state, code }: { readonly state: string; readonly code?: string | undefined }) {
  const word = state === 'finished' ? (code ?? 'finished') : state;
  const [icon, look] = lookOf(word);
  return (
    <span class={`badge ${look}`}>
      <span aria-hidden="true">{icon}</span> {word}
    </span>
  );
}

/** A name that someone else chose: it can neither run into the text beside it nor hide characters. */
export function Name({ children }: { readonly children: string }) {
  return <bdi>{showInvisible(children)}</bdi>;
}

const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1000);

/** The present, once a second. */
export function useNow(): number {
  return now.value;
}

export function Time({ at }: { readonly at: string | number }) {
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={`${formatMoment(date)} (${date.toISOString()})`}>
      {formatAge(date.getTime(), useNow())}
    </time>
  );
}

interface CopyProps {
  readonly text: string | (() => string);
  /** What is copied: `the execution id`. */
  readonly label: string;
  /** A key that presses the button. */
  readonly hotkey?: string;
  /** Default: `copy`. */
  readonly children?: string;
}

export function CopyButton({ text, label, hotkey, children = 'copy' }: CopyProps) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      class="quiet-button"
      aria-label={`Copy ${label}`}
      title={`Copy ${label}`}
      data-key={hotkey}
      onClick={() => {
        void copyText(typeof text === 'string' ? text : text()).then(() => setCopied(true));
        setTimeout(() => setCopied(false), 1500);
      }}
    >
      {copied ? 'copied' : children}
    </button>
  );
}

/** What went wrong, in the words of the agent. */
export function Problem({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  const facts =
    error instanceof ApiError
      ? [error.code, error.status === 0 ? undefined : `HTTP ${error.status}`, error.requestId]
          .filter(Boolean)
          .join(' · ')
      : '';
  return (
    <div class="problem" role="alert">
      <p>{error.message}</p>
      {facts !== '' && <p class="small">{facts}</p>}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Placeholder rows, but only if loading takes long enough to be noticed. */
export function Skeleton() {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!visible) return null;
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      <div />
      <div />
      <div />
    </div>
  );
}

export function Facts({ children }: { readonly children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Sets the title of the window. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Exec Agent' : `${title} – Exec Agent`;
  }, [title]);
}
