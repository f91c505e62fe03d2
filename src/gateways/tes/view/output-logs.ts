import type { Output } from '../../../wire/plan/plan.ts';
import type { Collected } from '../../../wire/record/record.ts';

export interface OutputFileLog {
  readonly url: string;
  readonly path: string;
  /** A number of bytes, as text. */
  readonly size_bytes: string;
}

/** Where the files of a task went, by the first output that each can be of. */
export function outputLogs(
  outputs: readonly Output[],
  collected: Pick<Collected, 'uploads' | 'sent'> | undefined,
): readonly OutputFileLog[] {
  const places = placesOf(outputs);
  const stored = (collected?.uploads ?? []).flatMap(({ bucket, name, size }) => {
    const url = `s3://${bucket}/${name}`;
    const path = pathOf(url, places);
    return path === undefined ? [] : [{ url, path, size_bytes: String(size) }];
  });
  const sent = (collected?.sent ?? []).flatMap(({ name, url, size }) => {
    const root = places.sent.get(name);
    return root === undefined ? [] : [{ url, path: `${root}/${name}`, size_bytes: String(size) }];
  });
  return [...stored, ...sent];
}

interface Place {
  /** Among the outputs. */
  readonly index: number;
  readonly path: string;
}

interface Places {
  /** URL of an object → the file. */
  readonly objects: Map<string, Place>;
  /** URL with `/` at its end → the directory whose files are below it. */
  readonly prefixes: Map<string, Place>;
  /** Name of a file that goes to a URL → its directory. */
  readonly sent: Map<string, string>;
}

function placesOf(outputs: readonly Output[]): Places {
  const places: Places = { objects: new Map(), prefixes: new Map(), sent: new Map() };
  for (const [index, output] of outputs.entries()) {
    // Every output of a task names its bucket.
    if (output.kind === 'upload') {
      const prefix = `s3://${output.bucket}/${output.prefix.replace(/\/$/, '')}/`;
      setFirst(places.prefixes, prefix, { index, path: output.root });
    }
    if (output.kind !== 'put') continue;
    const { root, name, to } = output;
    if (to.kind === 'url') setFirst(places.sent, name, root);
    else setFirst(places.objects, `s3://${to.bucket}/${to.name}`, { index, path: `${root}/${name}` });
  }
  return places;
}

function setFirst<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}

/** Where in the container the object was. */
function pathOf(url: string, { objects, prefixes }: Places): string | undefined {
  let first = objects.get(url);
  for (let end = url.indexOf('/', 's3://'.length); end !== -1; end = url.indexOf('/', end + 1)) {
    const above = prefixes.get(url.slice(0, end + 1));
    if (above !== undefined && (first === undefined || above.index < first.index))
      first = { index: above.index, path: `${above.path}/${url.slice(end + 1)}` };
  }
  return first?.path;
}
