import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.ts';
import { type ExecutionView, type FileEntry, fileUrl, listFiles, zipUrl } from '../../api/executions.ts';
import { addressOf } from '../../base.ts';
import { JsonView } from '../../json/json-view.tsx';
import { showInvisible } from '../../log/read-ansi.ts';
import { Name, Problem, Skeleton } from '../../parts/basics.tsx';
import { formatBytes } from '../../parts/format.ts';
import { useLoaded } from '../../parts/use-loaded.ts';
import { changeQuery, place } from '../../router.ts';
import { parseCsv } from './parse-csv.ts';

const previewBytes = 1024 * 1024;
const shownRows = 1000;
const shownFiles = 1000;

export function FilesTab({ execution }: { readonly execution: ExecutionView }) {
  if (execution.state !== 'finished')
    return <p class="empty">The files are listed here when the execution has finished.</p>;
  return <Files id={execution.execution_id} />;
}

function Files({ id }: { readonly id: string }) {
  const { value: files, error, reload } = useLoaded(`files ${id}`, () => listFiles(id));
  const open = place.value.query.get('open');
  if (error !== undefined) return <Problem error={error} onRetry={reload} />;
  if (files === undefined) return <Skeleton />;
  if (files.length === 0)
    return <p class="empty">No output files. A request names the files to return in output.expected_files.</p>;
  const opened = files.find(({ name }) => name === open);
  return (
    <div class="files">
      {files.some(({ stored }) => stored) && (
        <p>
          <a href={addressOf(zipUrl(id))} download={`${id}.zip`}>
            download all (zip)
          </a>
        </p>
      )}
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Size</th>
            <th scope="col">SHA-256</th>
            <th scope="col">
              <span class="hidden">Download</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {files.slice(0, shownFiles).map((file) => (
            <tr key={file.name} class={file.name === open ? 'selected' : ''}>
              <td>
                <button type="button" class="link" data-row onClick={() => changeQuery({ open: file.name })}>
                  <Name>{file.name}</Name>
                </button>
              </td>
              <td>{formatBytes(file.size)}</td>
              <td>
                <code title={file.sha256}>{file.sha256?.slice(0, 12)}</code>
              </td>
              <td>
                {file.stored ? (
                  <a href={addressOf(fileUrl(id, file.name))} download={file.name.split('/').at(-1)}>
                    download
                  </a>
                ) : (
                  <span title="Set output.minio_upload to keep large files">not kept</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {files.length > shownFiles && <p class="small">{files.length - shownFiles} more files are not shown.</p>}
      {opened !== undefined && <Preview key={opened.name} id={id} file={opened} />}
    </div>
  );
}

function Preview({ id, file }: { readonly id: string; readonly file: FileEntry }) {
  const { value, error } = useLoaded(`${id} ${file.name}`, () => readPreview(id, file));
  return (
    <section class="preview" aria-label={`Preview of ${file.name}`}>
      <h2>
        <Name>{file.name}</Name>
      </h2>
      {error !== undefined && <Problem error={error} />}
      {value === undefined && error === undefined && <Skeleton />}
      {value !== undefined && <Content content={value} />}
    </section>
  );
}

type Preview =
  | { readonly kind: 'image'; readonly blob: Blob }
  | { readonly kind: 'table'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'json'; readonly text: string }
  | { readonly kind: 'none'; readonly reason: string };

/** By their first bytes: what a file is called does not make it an image. */
const imageKinds: readonly (readonly [type: string, start: readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
];

async function readPreview(id: string, file: FileEntry): Promise<Preview> {
  if (!file.stored)
    return { kind: 'none', reason: 'The content was not kept. Set output.minio_upload in the request.' };
  const headers = file.size > previewBytes ? { headers: { range: `bytes=0-${previewBytes - 1}` } } : {};
  const bytes = new Uint8Array(await (await call(fileUrl(id, file.name), headers)).arrayBuffer());
  const image = imageKinds.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  if (image !== undefined && file.size <= previewBytes)
    return { kind: 'image', blob: new Blob([bytes], { type: image[0] }) };
  const text = new TextDecoder().decode(bytes);
  if (text.includes('\0')) return { kind: 'none', reason: 'This is not a text. Download it.' };
  const cut = file.size > previewBytes ? `\n… the first ${formatBytes(previewBytes)} of ${formatBytes(file.size)}` : '';
  if (/\.(csv|tsv)$/i.test(file.name))
    return { kind: 'table', rows: parseCsv(text, /tsv$/i.test(file.name) ? '\t' : ',', shownRows) };
  if (/\.(geo)?json$/i.test(file.name) && cut === '') return { kind: 'json', text };
  return { kind: 'text', text: text + cut };
}

function Content({ content }: { readonly content: Preview }) {
  if (content.kind === 'image') return <ImageContent blob={content.blob} />;
  if (content.kind === 'none') return <p class="empty">{content.reason}</p>;
  if (content.kind === 'json') return <JsonView json={content.text} />;
  if (content.kind === 'text')
    return (
      <pre class="text" tabIndex={0}>
        {showInvisible(content.text)}
      </pre>
    );
  const [head = [], ...rows] = content.rows;
  return (
    <div class="scroll" tabIndex={0}>
      <table class="rows grid">
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th scope="col" key={index}>
                <Name>{cell}</Name>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, index) => (
                <td key={index}>
                  <Name>{cell}</Name>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length >= shownRows - 1 && <p class="small">The first {shownRows} rows. Download the file to see all.</p>}
    </div>
  );
}

function ImageContent({ blob }: { readonly blob: Blob }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url === undefined ? null : <img src={url} alt="The file that the container left" />;
}
