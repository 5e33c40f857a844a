import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { describeEndpoints } from './endpoints.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../../scripts/redis-benchmark.mjs', import.meta.url));

describeEndpoints((endpoint, server) => {
  test('redis-benchmark gets through what there is, and what there is not is named', async () => {
    const options = ['-p', String(endpoint.port), '-n', '200', '-c', '2', '-r', '1000'];
    const { stdout } = await run(process.execPath, [script, ...options]);
    const measured = [...stdout.matchAll(/^(.+): [\d.]+ requests per second/gm)].map(([, name]) => name);
    expect(measured).toEqual(
      expect.arrayContaining(['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET (10 keys)']),
    );
    const missing = /^The server does not have: (.*)\.$/m.exec(stdout)?.[1];
    if (server === 'redis-server') expect(missing).toBeUndefined();
    else
      expect(missing).toBe(
        'LPUSH (lpush, lrange_100, lrange_300, lrange_500, lrange_600); RPUSH (rpush); LPOP (lpop); ' +
          'RPOP (rpop); SADD (sadd); HSET (hset); SPOP (spop); ZADD (zadd); ZPOPMIN (zpopmin)',
      );
  });
});
