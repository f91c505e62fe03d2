import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  describe as describeSentence,
  mapTexts,
  type PartNames,
  type PartReference,
  part,
  plainText,
  planPartSchema,
  type Sentence,
  sentence,
  sentenceSchema,
} from './sentence.ts';

const names: PartNames = {
  image: 'picture',
  command: 'line',
  entrypoint: 'start',
  user: 'who',
  stdin: 'in',
  workingDir: 'where',
  readOnlyRoot: 'locked',
  pull: 'fetch',
  timeout: 'patience',
  priority: 'rank',
  placement: 'home',
  secrets: 'hush',
  'resources.cpus': 'power.cores',
  'resources.memory': 'power.ram',
  'resources.pids': 'power.processes',
  'resources.scratch': 'power.disk',
  'resources.shm': 'power.shm',
  'resources.gpus': 'power.gpus',
  'network.mode': 'net',
  'network.ports': 'doors',
  'network.services': 'uses',
  'network.budget': 'spends',
  'network.tokens': (service) => `spends[${service}].tokens`,
  'inputs.inline': 'texts',
  'outputs.files': 'wanted',
  'outputs.upload': 'sent',
  'outputs.overflow': 'rest',
};

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...planPartSchema.options).map((name) => part(name)),
);

function make(pieces: readonly (string | PartReference)[]): Sentence {
  return pieces.reduce<Sentence>((made, next) => sentence`${made}${next}`, '');
}

test('sentence: text without references is text, and neighbouring texts are one', () => {
  expect(sentence`a ${1} b ${'c'}`).toBe('a 1 b c');
  expect(sentence`a ${sentence`b ${part('image')} c`} d`).toEqual(['a b ', { part: 'image' }, ' c d']);
});

test('sentence: each gateway names parts in its own way, with the key behind a dot or where it wants', () => {
  const text = sentence`${part('network.ports', '80')}, ${part('network.tokens', 'ai')}, ${part('image')}`;
  expect(describeSentence(text, names)).toBe('doors.80, spends[ai].tokens, picture');
  expect(plainText(text)).toBe('network.ports.80, network.tokens.ai, image');
});

test('sentence: texts in it are changed without their references', () => {
  const text = sentence`secret ${part('image')} secret`;
  expect(mapTexts(text, (each) => each.replace('secret', '***'))).toEqual(['*** ', { part: 'image' }, ' ***']);
  expect(mapTexts('secret', () => '***')).toBe('***');
});

test('sentence: what is recorded as JSON is the same sentence, with hostile text in it as well', () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = make(pieces);
      const read = sentenceSchema.parse(JSON.parse(JSON.stringify(text)));
      expect(read).toEqual(text);
      const expected = pieces
        .map((each) => (typeof each === 'string' ? each : describeSentence([each], names)))
        .join('');
      expect(describeSentence(read, names)).toBe(expected);
    }),
  );
});
