import { COMMANDS, type ServerState } from '@distributed-cache/redis-server';
import {
  encode,
  REDIS_SCRIPTS,
  RedisProcess,
  repliesTo,
  SocketClient,
  TestClient,
} from '@distributed-cache/redis-server/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";

/** Which of the arguments are keys. */
function keysOf(args: readonly string[]): number[] {
  const find = (table: typeof COMMANDS, name = '') => table.find(Buffer.from(name), 0, name.length);
  let command = find(COMMANDS, args[0]);
  if (command?.subcommands !== undefined) command = find(command.subcommands, args[1]);
  if (command === undefined || command.keys.first === 0) return [];
  const { first, last, step } = command.keys;
  const end = last < 0 ? args.length + last : Math.min(last, args.length - 1);
  return Array.from(
    { length: Math.max(0, Math.floor((end - first) / step) + 1) },
    (_, i) => first + i * step,
  );
}

/** The same command with keys that are all in one slot. */
function inOneSlot(args: readonly string[]): string[] {
  const keys = keysOf(args);
  return args.map((argument, index) => (keys.includes(index) ? `{tag}${argument}` : argument));
}

/** Patterns would not match keys with a tag. */
const WITH_PATTERNS = 'KEYS, SCAN, DBSIZE, RANDOMKEY';

const variants: [name: string, change: (args: readonly string[]) => readonly string[]][] = [
  ['keys of one slot', inOneSlot],
  ['keys of many slots', (args) => args],
];

describe.each([2, 3])(
  'answers over three data nodes are those of redis-server 7.0, in RESP%i',
  (protocol) => {
    let redis: RedisProcess;
    let cache: RedisTestCache;
    let server: ServerState;

    beforeAll(async () => {
      // How long a command takes is no part of its answer, here and there: SLOWLOG stays empty on a busy machine too.
      redis = await RedisProcess.start('--slowlog-log-slower-than', '-1');
    });

    afterAll(() => redis.stop());

    beforeEach(async () => {
      cache = new RedisTestCache();
      await cache.join('a', 'b', 'c');
      server = cache.server({ slowlogThreshold: -1 });
    });

    afterEach(() => cache.close());

    describe.each(variants)('%s', (variant, change) => {
      const scripts = REDIS_SCRIPTS.filter(
        ([about]) => variant !== 'keys of one slot' || about !== WITH_PATTERNS,
      );

      test.each(scripts)('%s', async (_, commands) => {
        const theirs = await SocketClient.connect(redis.port);
        const ours = new TestClient(server);
        try {
          await theirs.write(encode('flushall'));
          if (protocol === 3) {
            await theirs.write(encode('hello', 3));
            ours.ask('hello', 3);
          }
          const [expected, answers]: [string[][], string[][]] = [[], []];
          for (const command of commands) {
            const args = change(command);
            const answer = ours.ask(...args);
            // The one difference, and none when all keys are in one slot.
            if (answer === CROSS_SLOT && variant === 'keys of many slots') continue;
            answers.push([args.join(' '), answer]);
            const theirAnswer = await theirs.write(encode(...args), repliesTo(args));
            expected.push([args.join(' '), theirAnswer.toString('latin1')]);
          }
          expect(answers).toEqual(expected);
        } finally {
          theirs.close();
          ours.destroy();
        }
      });
    });
  },
);
