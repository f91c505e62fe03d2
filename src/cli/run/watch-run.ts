import type { ExecutionEvent, Observe } from '../../execution/events.ts';
import type { PullProgress } from '../../runtimes/runtime.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import { createOutputFilter } from '../output/output-filter.ts';
import { createProgressLine, type ProgressLine } from '../output/progress-line.ts';
import type { Sink } from '../terminal/terminal.ts';

export interface RunSinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** What the program itself reports meanwhile. */
  readonly progress: Sink;
}

export interface RunWatch {
  readonly observe: Observe;
  /** Once nothing more will come: what is printed next begins on a line of its own. */
  end(): void;
}

const newline = 10;

/** Shows what goes on while a container is made ready, then what it prints, each stream on its sink. */
export function watchRun({ stdout, stderr, progress }: RunSinks): RunWatch {
  const pull = createPullWatch(createProgressLine(progress));
  const filters = { stdout: createOutputFilter(stdout), stderr: createOutputFilter(stderr) };
  const isOpen = { stdout: false, stderr: false };
  const observe = (event: ExecutionEvent) => {
    switch (event.kind) {
      case 'pull':
        pull.progress(event.progress);
        break;
      case 'log':
        pull.end();
        filters[event.chunk.stream].write(event.chunk.data);
        isOpen[event.chunk.stream] = (event.chunk.data.at(-1) ?? newline) !== newline;
        break;
      case 'state':
        if (event.state !== 'staging') pull.end();
        break;
      case 'log end':
      case 'staged':
      case 'finished':
        break;
    }
  };
  return {
    observe,
    end() {
      pull.abandon();
      for (const filter of Object.values(filters)) filter.end();
      // On a terminal both are one; elsewhere every byte is the container's.
      const isUnfinished = (isOpen.stdout && stdout.isTerminal) || (isOpen.stderr && stderr.isTerminal);
      if (isUnfinished) stderr.line();
      isOpen.stdout = false;
      isOpen.stderr = false;
    },
  };
}

export interface PullWatch {
  progress(progress: PullProgress): void;
  end(): void;
  /** It did not come to its end; who says why is somebody else. */
  abandon(): void;
}

export function createPullWatch(line: ProgressLine): PullWatch {
  let pulled: PullProgress | undefined;
  return {
    progress(progress) {
      if (pulled === undefined) line.start(`Pulling ${progress.reference} …`);
      pulled = progress;
      line.update(describePull(progress));
    },
    end() {
      if (pulled === undefined) return;
      const size = pulled.receivedBytes > 0 ? ` (${formatBytes(pulled.receivedBytes)})` : '';
      line.end(`Pulled ${pulled.reference}${size}`);
      pulled = undefined;
    },
    abandon() {
      if (pulled !== undefined) line.end();
      pulled = undefined;
    },
  };
}

function describePull({ reference, receivedBytes, totalBytes, status }: PullProgress): string {
  const received = receivedBytes > 0 ? ` ${formatBytes(receivedBytes)}` : '';
  const of = totalBytes === undefined || totalBytes === 0 ? '' : ` of ${formatBytes(totalBytes)}`;
  return `Pulling ${reference}${received}${of}  ${status}`;
}
