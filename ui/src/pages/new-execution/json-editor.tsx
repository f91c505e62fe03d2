import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { getRequestSchema } from '../../api/executions.ts';
import { insertField } from '../../editor/insert-field.ts';
import { type KeyPlace, placeInJson } from '../../editor/place-in-json.ts';
import { fieldsAt, type SchemaField } from '../../editor/schema-fields.ts';

const mostOffered = 12;

export interface JsonEditorProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly isWrong: boolean;
  /** The id of the element that says what is wrong. */
  readonly problemId: string;
}

/** A request as JSON. Below it are the fields that can be written at the caret. */
export function JsonEditor({ text, onText, isWrong, problemId }: JsonEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const fields = useRef<HTMLFieldSetElement>(null);
  const [caret, setCaret] = useState(0);
  const [goTo, setGoTo] = useState<number>();
  const schema = useSchema();
  const place = useMemo(() => placeInJson(text, caret), [text, caret]);
  const offered = place === undefined ? [] : offeredAt(schema, place);
  useLayoutEffect(() => {
    if (goTo === undefined) return;
    area.current?.focus();
    area.current?.setSelectionRange(goTo, goTo);
    setCaret(goTo);
    setGoTo(undefined);
  }, [goTo]);
  const insert = (field: SchemaField) => {
    if (place === undefined) return;
    const edited = insertField(text, place, field);
    onText(edited.text);
    setGoTo(edited.caret);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== ' ' || !event.ctrlKey) return;
    event.preventDefault();
    fields.current?.querySelector('button')?.focus();
  };
  return (
    <>
      <label class="editor">
        Request as JSON
        <textarea
          ref={area}
          rows={18}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => {
            setCaret(currentTarget.selectionStart);
            onText(currentTarget.value);
          }}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          {...(isWrong ? { 'aria-invalid': 'true', 'aria-describedby': problemId } : {})}
        />
      </label>
      <fieldset ref={fields} class="offered">
        <legend class="hidden">Fields that can be written here</legend>
        <span class="small">
          {offered.length === 0 ? 'In an object, the fields that it can have are listed here.' : 'Ctrl+Space: '}
        </span>
        {offered.map((field) => (
          <button
            key={field.name}
            type="button"
            title={field.description}
            onClick={() => insert(field)}
            onKeyDown={({ key }) => {
              if (key === 'Escape') area.current?.focus();
            }}
          >
            {field.name}
          </button>
        ))}
      </fieldset>
    </>
  );
}

/** Those of the schema that begin as what is written. */
function offeredAt(schema: unknown, { path, begun }: KeyPlace): readonly SchemaField[] {
  const wanted = begun.toLowerCase();
  return fieldsAt(schema, path)
    .filter(({ name }) => name.toLowerCase().startsWith(wanted))
    .slice(0, mostOffered);
}

/** Without it, requests can be written all the same. */
function useSchema(): unknown {
  const [schema, setSchema] = useState<unknown>();
  useEffect(() => {
    getRequestSchema().then(setSchema, () => undefined);
  }, []);
  return schema;
}
