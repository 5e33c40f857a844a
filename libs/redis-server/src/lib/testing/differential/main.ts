import { parseArgs } from 'node:util';
import { testSeed } from '@distributed-cache/test-kit';
import { ProcessPeer, SocketPeer, startRedis } from './peers.ts';
import { compareServers } from './run.ts';
import { describeDifference } from './trial.ts';

// Compares a data node with redis-server by random commands: `nx run redis-server:differential --count=N --seed=S`.
// With `--port=P` it is the server at that port which is compared; it loses all its keys.

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    port: { type: 'string' },
  },
});

const count = integerOption('count', values.count);
const seed = values.seed === undefined ? testSeed() : integerOption('seed', values.seed);

function integerOption(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  print(`--${name} must be an integer from 0 to 999999999999999, but is ${text}`);
  process.exit(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { redis, theirs } = await startRedis();
const ours =
  values.port === undefined
    ? new ProcessPeer()
    : await SocketPeer.connect(integerOption('port', values.port), 3);
print(`seed ${seed}`);
const start = performance.now();
const { difference, ...outcome } = await compareServers(ours, theirs, seed, count);
const seconds = (performance.now() - start) / 1000;
for (const [name, count] of [...outcome.counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
  print(`${name.padEnd(20)} ${count}`);
}
print(
  `${outcome.commands} commands in ${outcome.cases} cases, ${Math.round(outcome.commands / seconds)} per second, seed ${seed}`,
);
if (difference !== undefined) {
  print(describeDifference(difference));
  process.exitCode = 1;
}
ours.close();
theirs.close();
await redis.stop();
