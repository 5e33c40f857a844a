import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { describeEndpoints } from './endpoints.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./fixtures/redis_py.py', import.meta.url));

/** Debian's interpreter, where there is one, for Debian's package (as in scripts/tools.mjs). */
const env = { ...process.env, PATH: `/usr/bin:${process.env['PATH']}` };

describeEndpoints((endpoint) => {
  test('redis-py gets the answers that it gets from Redis', async () => {
    const { stdout } = await run('python3', [script, String(endpoint.port)], { env });
    expect(JSON.parse(stdout)).toEqual({
      client: 'redis-py',
      set: true,
      get: ['Grüße', null],
      ttl: true,
      'set nx': null,
      'set get': 'Grüße',
      'getex, persist': ['new', -1],
      counters: [41, 40, 0.5],
      parts: [5, 'ne', 5],
      bytes: true,
      'pipeline, transaction=True': [['3', '19'], 1],
      'pipeline, transaction=False': [['3', '19'], 1],
      'mset, mget': [true, ['1', '2', null]],
      scan_iter: Array.from({ length: 10 }, (_, i) => `many:1${i}`),
      'exists, unlink': [2, 2],
      error: 'value is not an integer or out of range',
      watch: [[true], '80'],
      'watched key changed': 'changed',
      publish: 2,
      messages: [
        ['subscribe', 'news', 1],
        ['psubscribe', 'n*', 2],
        ['message', 'news', 'hello'],
        ['pmessage', 'news', 'hello'],
      ],
      client_info: 'redis-py',
      client_list: true,
      info: ['7.0.15', 'int'],
      flushall: [true, 0],
    });
  });
});
