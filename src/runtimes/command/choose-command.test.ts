import { expect, test } from 'vitest';
import { chooseCommand } from './choose-command.ts';

const image = { entrypoint: ['/entry', '-x'], command: ['serve'] };

test.each([
  [{}, ['/entry', '-x', 'serve']],
  [{ command: ['other'] }, ['/entry', '-x', 'other']],
  [{ command: [] }, ['/entry', '-x', 'serve']],
  [{ entrypoint: ['/mine'] }, ['/mine']],
  [{ entrypoint: ['/mine'], command: [] }, ['/mine']],
  [{ entrypoint: ['/mine'], command: ['a', 'b'] }, ['/mine', 'a', 'b']],
  [{ entrypoint: [] }, ['serve']],
  [{ entrypoint: [], command: ['a'] }, ['a']],
  [{ entrypoint: [''] }, []],
  [{ entrypoint: [''], command: ['a'] }, ['a']],
  [{ entrypoint: ['', 'a'] }, ['', 'a']],
])('chooseCommand: %j runs %j', (step, command) => {
  expect(chooseCommand(step, image)).toEqual(command);
});

test('chooseCommand: the entry point [""] of an image is none', () => {
  expect(chooseCommand({}, { entrypoint: [''], command: ['a'] })).toEqual(['a']);
});
