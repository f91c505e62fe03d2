import { useMemo, useState } from 'preact/hooks';
import { showInvisible } from '../log/read-ansi.ts';
import { changeQuery, place } from '../router.ts';
import { indentJson } from './indent-json.ts';
import { type JsonNode, parseTree } from './parse-tree.ts';

const shownCharacters = 500_000;
const shownEntries = 1000;
// What is open at first: enough to see what there is.
const openDepth = 2;
const openEntries = 50;

/** JSON with every digit, as a tree that folds, or as text. */
export function JsonView({ json }: { readonly json: string }) {
  const tree = useMemo(() => parseTree(json), [json]);
  const isText = tree === undefined || tree.kind === 'value' || place.value.query.get('json') === 'text';
  return (
    <>
      {tree !== undefined && tree.kind !== 'value' && (
        <label class="check">
          <input
            type="checkbox"
            checked={isText}
            onChange={({ currentTarget }) => changeQuery({ json: currentTarget.checked ? 'text' : '' })}
          />
          as text
        </label>
      )}
      {isText ? (
        <JsonText json={json} />
      ) : (
        <div class="json-tree">
          <Branch node={tree} depth={0} />
        </div>
      )}
    </>
  );
}

function JsonText({ json }: { readonly json: string }) {
  const text = indentJson(json);
  return (
    <pre class="text" tabIndex={0}>
      {showInvisible(text.slice(0, shownCharacters))}
      {text.length > shownCharacters &&
        `\n… ${text.length - shownCharacters} more characters: copy the JSON to see them`}
    </pre>
  );
}

interface BranchProps {
  readonly name?: string;
  readonly node: JsonNode;
  readonly depth: number;
}

function Branch({ name, node, depth }: BranchProps) {
  const isSmall = node.kind === 'value' || node.entries.length <= openEntries;
  const [isOpen, setOpen] = useState(depth < openDepth && isSmall);
  const label = name === undefined ? null : <bdi class="json-name">{showInvisible(name)}: </bdi>;
  if (node.kind === 'value')
    return (
      <div class="json-line">
        {label}
        <bdi class={node.text.startsWith('"') ? '' : 'json-plain'}>{showInvisible(node.text)}</bdi>
      </div>
    );
  const { kind, entries } = node;
  const [begin, end] = kind === 'object' ? ['{', '}'] : ['[', ']'];
  if (entries.length === 0)
    return (
      <div class="json-line">
        {label}
        {begin}
        {end}
      </div>
    );
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {label}
        {begin}
        {!isOpen && ` … ${end}`} <span class="small">{entries.length}</span>
      </summary>
      {isOpen &&
        entries
          .slice(0, shownEntries)
          .map((entry, index) => <Branch key={index} name={entry.name} node={entry.node} depth={depth + 1} />)}
      {isOpen && entries.length > shownEntries && (
        <p class="small">{entries.length - shownEntries} more: show the text to see them</p>
      )}
    </details>
  );
}
