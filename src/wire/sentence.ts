import { z } from 'zod';

/**
 * Parts of a plan that an error may name, with their places in the plan. Each gateway has a name of its own for each:
 * the field of its requests or responses that a user would look at.
 */
export const planPartSchema = z.enum([
  'image',
  'command',
  'entrypoint',
  'user',
  'stdin',
  'workingDir',
  'readOnlyRoot',
  'pull',
  'timeout',
  'priority',
  'placement',
  'secrets',
  'resources.cpus',
  'resources.memory',
  'resources.pids',
  'resources.scratch',
  'resources.shm',
  'resources.gpus',
  'network.mode',
  'network.ports',
  'network.services',
  'network.budget',
  'network.tokens',
  'inputs.inline',
  'outputs.files',
  'outputs.upload',
  'outputs.overflow',
]);

const partReferenceSchema = z.object({
  part: planPartSchema,
  /** Which one of several: a container port, a service. */
  key: z.string().exactOptional(),
});

/** Text for users in which parts of the plan are named by references, which each gateway puts into its own words. */
export const sentenceSchema = z.union([z.string(), z.array(z.union([z.string(), partReferenceSchema])).readonly()]);

export type PlanPart = z.infer<typeof planPartSchema>;
export type PartReference = z.infer<typeof partReferenceSchema>;
export type Sentence = z.infer<typeof sentenceSchema>;

/** What a gateway calls the parts; a name takes the key behind a dot unless a function places it. */
export type PartNames = Readonly<Record<PlanPart, string | ((key: string) => string)>>;

export function part(name: PlanPart, key?: string): PartReference {
  return key === undefined ? { part: name } : { part: name, key };
}

type Piece = string | number | PartReference | Sentence;

/** Makes a sentence: `` sentence`${part('image')}: "x" is not allowed.` `` */
export function sentence(texts: TemplateStringsArray, ...values: readonly Piece[]): Sentence {
  return joinSentences(texts.flatMap((text, index): readonly Piece[] => [text, values[index] ?? '']));
}

/** One sentence after the other, without anything between them. */
function joinSentences(pieces: readonly Piece[]): Sentence {
  const joined: (string | PartReference)[] = [];
  for (const piece of pieces.flatMap(piecesOf)) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else if (piece !== '') joined.push(piece);
  }
  const [only = ''] = joined;
  return joined.length < 2 && typeof only === 'string' ? only : joined;
}

function piecesOf(piece: Piece): readonly (string | PartReference)[] {
  if (typeof piece === 'object') return 'part' in piece ? [piece] : piece;
  return [String(piece)];
}

/** The sentence in the words of a gateway. */
export function describe(text: Sentence, names: PartNames): string {
  return textWith(text, ({ part: name, key }) => {
    const called = names[name];
    if (typeof called === 'function') return called(key ?? '');
    return key === undefined ? called : `${called}.${key}`;
  });
}

/** The sentence in no gateway's words, for logs. */
export function plainText(text: Sentence): string {
  return textWith(text, ({ part: name, key }) => (key === undefined ? name : `${name}.${key}`));
}

/** The sentence with each text in it changed; references stay. */
export function mapTexts(text: Sentence, change: (text: string) => string): Sentence {
  if (typeof text === 'string') return change(text);
  return text.map((piece) => (typeof piece === 'string' ? change(piece) : piece));
}

function textWith(text: Sentence, nameOf: (reference: PartReference) => string): string {
  if (typeof text === 'string') return text;
  return text.map((piece) => (typeof piece === 'string' ? piece : nameOf(piece))).join('');
}
