import { expect, test } from 'vitest';
import { absoluteSource } from './image-source.ts';

test('a relative archive is the one below the current directory', () => {
  expect(absoluteSource('docker-archive:tool.tar', '/home/ada')).toBe('docker-archive:/home/ada/tool.tar');
  expect(absoluteSource('oci:layout:v1', '/home/ada')).toBe('oci:/home/ada/layout:v1');
  expect(absoluteSource('docker-archive:/x.tar', '/home/ada')).toBe('docker-archive:/x.tar');
});

test('a source that is no file stays as it is', () => {
  for (const source of ['docker-daemon:alpine:latest', 'docker://registry:5000/a:1', 'nonsense'])
    expect(absoluteSource(source, '/home/ada')).toBe(source);
});
