// redis-benchmark against a server that lacks some of the commands it measures. Left to itself it ends at the first
// error; here each of its tests runs on its own, and the commands that the server does not have are named at the end.
// Usage: node scripts/redis-benchmark.mjs [options of redis-benchmark], such as -p 6380 -n 10000 -P 16
import { spawnSync } from 'node:child_process';

// What version 7.0 runs, in its order.
const TESTS = [
  'ping_inline',
  'ping_mbulk',
  'set',
  'get',
  'incr',
  'lpush',
  'rpush',
  'lpop',
  'rpop',
  'sadd',
  'hset',
  'spop',
  'zadd',
  'zpopmin',
  'lrange_100',
  'lrange_300',
  'lrange_500',
  'lrange_600',
  'mset',
];

const missing = new Map();
for (const test of TESTS) {
  const { status, error, stdout, stderr } = spawnSync(
    'redis-benchmark',
    [...process.argv.slice(2), '-q', '-t', test],
    { encoding: 'utf8' },
  );
  if (error) throw error;
  // It draws over a line to show how far it is; what it drew last is the result.
  const lines = (stdout + stderr).split(/[\r\n]+/).map((line) => line.trim());
  const result = lines.filter((line) => line.includes('requests per second'));
  const unknown = lines.map((line) => /unknown command '(\w+)'/.exec(line)?.[1]).find(Boolean);
  if (unknown) missing.set(unknown, [...(missing.get(unknown) ?? []), test]);
  else if (status === 0) console.log(result.join('\n'));
  else {
    console.error(`${test}: ${lines.filter(Boolean).join('\n')}`);
    process.exit(1);
  }
}
if (missing.size > 0) {
  const names = [...missing].map(([command, tests]) => `${command} (${tests.join(', ')})`);
  console.log(`The server does not have: ${names.join('; ')}.`);
}
