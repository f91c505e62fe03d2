import { useState } from 'preact/hooks';
import { listImages, pruneImages, pullImage, removeImage } from '../api/operation.ts';
import { Name, Problem, Skeleton, Time, useTitle } from '../parts/basics.tsx';
import { confirm } from '../parts/confirm-dialog.tsx';
import { formatBytes } from '../parts/format.ts';
import { ActionsHead, RowAction } from '../parts/row-action.tsx';
import { toError, useLoaded } from '../parts/use-loaded.ts';
import { Scan, Verdict } from './images/verdicts.tsx';

/** The images of the agent that serves this page. */
export function ImagesPage() {
  useTitle('Images');
  const { value, error, reload } = useLoaded('images', listImages);
  const [failure, setFailure] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const change = async (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (problem) {
      setFailure(toError(problem));
    } finally {
      setBusy(false);
      reload();
    }
  };
  const remove = async (name: string) => {
    if (await confirm(`Remove the image ${name}? It is pulled again when it is needed.`, 'Remove'))
      await change(() => removeImage(name));
  };
  const prune = async () => {
    const question = 'Remove every image that nothing uses now? Each is pulled again when it is needed.';
    if (await confirm(question, 'Remove')) await change(async () => void (await pruneImages()));
  };
  const images = [...(value?.images ?? [])].sort((a, b) => b.size_bytes - a.size_bytes);
  return (
    <>
      <div class="head">
        <h1>Images</h1>
        <div class="buttons">
          <button type="button" class="danger" disabled={isBusy || images.length === 0} onClick={() => void prune()}>
            Remove unused …
          </button>
          <button type="button" onClick={reload}>
            Refresh
          </button>
        </div>
      </div>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const image = new FormData(event.currentTarget).get('image');
          if (typeof image === 'string' && image.trim() !== '') void change(() => pullImage(image.trim()));
        }}
      >
        <label>
          Pull an image
          <input name="image" placeholder="python:3.12-slim" />
        </label>
        <button type="submit" disabled={isBusy}>
          {isBusy ? 'Working …' : 'Pull'}
        </button>
      </form>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {failure !== undefined && <Problem error={failure} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value !== undefined && images.length === 0 && <p class="empty">This agent has no images yet.</p>}
      {images.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Size</th>
              <th scope="col" class="names">
                Names
              </th>
              <th scope="col">Policy</th>
              <th scope="col">Vulnerabilities</th>
              <th scope="col">Last use</th>
              <th scope="col">Digest</th>
              <ActionsHead />
            </tr>
          </thead>
          <tbody>
            {images.map(({ references, digest, size_bytes: size, scan, refused, used_at: usedAt }) => (
              <tr key={digest}>
                <td>{formatBytes(size)}</td>
                <td>
                  {references.map((reference) => (
                    <div key={reference}>
                      <Name>{reference}</Name>
                    </div>
                  ))}
                </td>
                <td>{refused !== undefined && <Verdict refused={refused} />}</td>
                <td data-label="vulnerabilities:">
                  <Scan scan={scan} />
                </td>
                <td data-label="last use:">
                  {usedAt === undefined ? <span class="small">not known</span> : <Time at={usedAt} />}
                </td>
                <td>
                  <code title={digest}>{digest.replace('sha256:', '').slice(0, 12)}</code>
                </td>
                <RowAction
                  label={`Remove ${references[0] ?? digest}`}
                  isDisabled={isBusy}
                  onAct={() => void remove(references[0] ?? digest)}
                >
                  remove
                </RowAction>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
