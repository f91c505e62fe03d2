import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { prettyStream } from './pretty-log.ts';

test('the log on a terminal: shows no control characters but colours', async () => {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const logger = pino(prettyStream({ colors: true, destination }));
  logger.warn({ problem: 'x\u001b[2J\u009b1A\u202e' }, 'seen \u001b]0;title\u0007\r\u009b2J\u202ehere');
  await nextTurn();
  expect(text).toContain(String.raw`\u202ehere`);
  expect(text).toContain(String.raw`\u009b1A\u202e`);
  expect(text).toContain('\u001b[33mWARN');
  expect(stripVTControlCharacters(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});
