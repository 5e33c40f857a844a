import { expect, test } from '@jest/globals';
import { readOptions } from './options.ts';

test('by default all rows are measured, and the one with many keys', () => {
  const { servers, workloads, before } = readOptions([]);
  expect(servers).toEqual(['data-node-server', 'cache-manager']);
  expect(workloads.map(({ keys, valueBytes }) => `${keys} x ${valueBytes}`)).toEqual([
    ...['100000 x 3', '100000 x 100', '100000 x 4096'],
    ...['1000000 x 3', '1000000 x 100', '1000000 x 4096', '5000000 x 3'],
  ]);
  expect(before).toBeUndefined();
});

test('a selection', () => {
  const { servers, workloads, commands } = readOptions(
    '--server cache-manager --keys 10 --value 3,4 --pipeline 1 --command set'.split(' '),
  );
  expect(servers).toEqual(['cache-manager']);
  expect(workloads).toEqual([
    { keys: 10, valueBytes: 3, pipelines: [1] },
    { keys: 10, valueBytes: 4, pipelines: [1] },
  ]);
  expect(commands).toEqual(['set']);
});

test.each([
  ['--command get,del', '--command takes get and set, but has "del"'],
  ['--server redis', '--server takes data-node-server and cache-manager, but has "redis"'],
  ['--pipeline 0', '--pipeline takes positive numbers, but has "0"'],
  ['--before . --rounds 8', '--before takes at least 9 rounds, but has 8'],
])('%s is refused', (args, message) => {
  expect(() => readOptions(args.split(' '))).toThrow(message);
});
