import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: Error | undefined;
  /** Reads it again; what is there stays until then. */
  readonly reload: () => void;
}

/** Reads something whenever the key changes. An answer that comes after the next question is dropped. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [result, setResult] = useState<{ key: string; value?: T; error?: Error }>({ key });
  const latest = useRef(0);
  const loadNow = useRef(load);
  loadNow.current = load;
  const reload = useCallback(() => {
    latest.current += 1;
    const turn = latest.current;
    loadNow.current().then(
      (value) => {
        if (turn === latest.current) setResult({ key, value });
      },
      (error: unknown) => {
        if (turn === latest.current)
          setResult((before) => ({ ...(before.key === key ? before : {}), key, error: toError(error) }));
      },
    );
  }, [key]);
  useEffect(reload, [reload]);
  const isCurrent = result.key === key;
  return { value: isCurrent ? result.value : undefined, error: isCurrent ? result.error : undefined, reload };
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
