export interface SchemaField {
  readonly name: string;
  readonly description: string;
  /** What is inserted as its value to begin with. */
  readonly value: string;
}

type Schema = Readonly<Record<string, unknown>>;

const beginnings: Readonly<Record<string, string>> = {
  string: '""',
  object: '{}',
  array: '[]',
  boolean: 'true',
  number: '1',
  integer: '1',
};

/** The fields that an object at that place of a document can have, in the order of the schema. */
export function fieldsAt(schema: unknown, path: readonly (string | number)[]): readonly SchemaField[] {
  const object = path.reduce<readonly Schema[]>(
    (found, step) => found.flatMap((each) => variantsOf(below(each, step))),
    variantsOf(schema),
  );
  const fields = object.flatMap(({ properties }) => (isSchema(properties) ? Object.entries(properties) : []));
  return [...new Map(fields)].map(([name, field]) => {
    const [first = {}] = variantsOf(field);
    const text = isSchema(field) ? (field.description ?? first.description) : undefined;
    return {
      name,
      description: typeof text === 'string' ? text : '',
      value: beginnings[String(first.type)] ?? '""',
    };
  });
}

function below({ properties, items, additionalProperties }: Schema, step: string | number): unknown {
  if (typeof step === 'number') return items;
  const field = isSchema(properties) && Object.hasOwn(properties, step) ? properties[step] : undefined;
  return field ?? additionalProperties;
}

/** The schema, or each of those that it lets a value choose from. */
function variantsOf(schema: unknown): readonly Schema[] {
  if (!isSchema(schema)) return [];
  const { anyOf, oneOf } = schema;
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : undefined;
  return choices === undefined ? [schema] : choices.flatMap(variantsOf);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
