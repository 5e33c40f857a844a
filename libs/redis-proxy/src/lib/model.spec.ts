import { setImmediate } from 'node:timers/promises';
import { createServer, encode, parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import type { Reply } from '@distributed-cache/resp';
import { SeededRandom, testSeed } from '@distributed-cache/test-kit';
import { describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const TAGS = ['', '', '', '{a}', '{b}', '{c}'];
const KEYS = Array.from({ length: 60 }, (_, index) => `${TAGS[index % TAGS.length]!}key:${index}`);
const COMMANDS = 1500;
/** Not allowed within MULTI. */
const CONCERN_ALL = ['dbsize', 'keys', 'flushall'];

type Random = SeededRandom;

/** Makes the arguments of commands. */
class Generator {
  constructor(private readonly random: Random) {}

  key(): string {
    return this.random.pick(KEYS);
  }

  /** Up to six, sometimes the same one twice. */
  keys(): string[] {
    return Array.from({ length: 1 + this.random.integer(6) }, () => this.key());
  }

  /** Two of one slot. */
  pair(): [string, string] {
    const tag = this.random.pick(['{a}', '{b}', '{c}']);
    const tagged = KEYS.filter((key) => key.startsWith(tag));
    return [this.random.pick(tagged), this.random.pick(tagged)];
  }

  value(): string {
    return this.random.chance(0.5) ? String(this.random.integer(1000)) : 'x'.repeat(this.random.integer(300));
  }

  command(): string[] {
    const { random } = this;
    const commands: (() => string[])[] = [
      () => ['get', this.key()],
      () => ['set', this.key(), this.value()],
      () => ['set', this.key(), this.value(), 'px', String(1 + random.integer(500))],
      () => ['set', this.key(), this.value(), 'nx', 'get'],
      () => ['getdel', this.key()],
      () => ['append', this.key(), this.value()],
      () => ['incr', this.key()],
      () => ['strlen', this.key()],
      () => ['getrange', this.key(), '0', '3'],
      () => ['pttl', this.key()],
      () => ['pexpire', this.key(), String(random.integer(500))],
      () => ['persist', this.key()],
      () => ['type', this.key()],
      () => ['object', 'encoding', this.key()],
      () => ['mget', ...this.keys()],
      () => ['mget', ...this.keys()],
      () => ['mset', ...this.keys().flatMap((key) => [key, this.value()])],
      () => ['mset', this.key(), this.value(), this.key()],
      () => ['msetnx', ...this.pair().flatMap((key) => [key, this.value()])],
      () => ['rename', ...this.pair()],
      () => ['renamenx', ...this.pair()],
      () => ['copy', ...this.pair()],
      () => ['del', ...this.keys()],
      () => ['unlink', ...this.keys()],
      () => ['exists', ...this.keys()],
      () => ['touch', ...this.keys()],
      () => ['dbsize'],
      () => ['keys', '*'],
      () => ['keys', '*1'],
      ...(random.chance(0.02) ? [() => ['flushall']] : []),
    ];
    return random.pick(commands)();
  }

  /** What a client sends at once: one command, or so many that their lookups are prepared. */
  pipeline(): string[][] {
    const count = this.random.chance(0.9) ? 1 : this.random.integer(40);
    return Array.from({ length: count }, () => this.command());
  }

  /** Commands of any slots, between MULTI and EXEC. */
  spreadTransaction(): string[][] {
    const body = Array.from({ length: this.random.integer(12) }, () => this.command());
    return [['multi'], ...body.filter(([name]) => !CONCERN_ALL.includes(name!)), ['ping'], ['exec']];
  }

  /** Commands of one slot, between MULTI and EXEC; sometimes with WATCH. */
  transaction(): string[][] {
    const [first, second] = this.pair();
    const body = [
      ['set', first, this.value()],
      ['get', second],
      ['incr', first],
      ['mget', first, second],
      ['ping'],
    ];
    const watch = this.random.chance(0.5) ? [['watch', second]] : [];
    const change = this.random.chance(0.3) ? [['set', second, this.value()]] : [];
    return [...watch, ...change, ['multi'], ...body, ['exec']];
  }
}

/** Answers whose order means nothing are sorted. */
function comparable(command: readonly string[], answer: Reply): unknown {
  return command[0] === 'keys' ? (answer as Buffer[]).map(String).sort() : answer;
}

/** Joins and leaves of data nodes, one after the other, until it is over. */
async function changeMembers(cache: RedisTestCache, random: Random, over: () => boolean): Promise<number> {
  const members = ['node-0'];
  let changes = 0;
  for (; !over(); changes++) {
    if (members.length < 2 || (members.length < 5 && random.chance(0.5))) {
      const id = `node-${changes + 1}`;
      members.push(id);
      await cache.manager.addNode(cache.node(id));
    } else {
      await cache.manager.removeNode(members.splice(random.integer(members.length), 1)[0]!);
    }
    await setImmediate();
  }
  return changes;
}

describe('a proxy answers as one data node with all entries', () => {
  test.each([1, 2, testSeed()])(
    'while nodes are added and removed (TEST_SEED=%d)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const generator = new Generator(random.fork());
      const cache = new RedisTestCache();
      await cache.join('node-0');
      const single = createServer({ clock: cache.clock, maxBytes: 64 * 2 ** 20 });
      single.nodes[0]!.start();
      const [proxied, alone] = [new TestClient(cache.server()), new TestClient(single)];
      /** So many entries that a move takes many turns. */
      const fill = (): void => {
        for (const client of [proxied, alone]) {
          for (let i = 0; i < 1000; i++) client.ask('set', `cold:${i}`, i);
        }
      };
      fill();
      let over = false;
      const changing = changeMembers(cache, random.fork(), () => over);
      let moving = 0;
      try {
        for (let count = 0; count < COMMANDS; count++) {
          if (count % 5 === 0 && cache.inconsistencies().length > 0) moving++;
          const commands = random.chance(0.05)
            ? generator.transaction()
            : random.chance(0.1)
              ? generator.spreadTransaction()
              : generator.pipeline();
          if (random.chance(0.01)) {
            const protocol = random.pick([2, 3]);
            for (const client of [proxied, alone]) client.ask('hello', protocol);
          }
          const bytes = Buffer.concat(commands.map((command) => encode(...command)));
          const [answers, expected] = [proxied, alone].map((client) => parseReplies(client.write(bytes)));
          commands.forEach((command, i) => {
            expect([command.join(' '), comparable(command, answers![i]!)]).toEqual([
              command.join(' '),
              comparable(command, expected![i]!),
            ]);
          });
          expect(answers).toHaveLength(commands.length);
          // Or nothing would move from here on.
          if (commands.some(([name]) => name === 'flushall')) fill();
          if (random.chance(0.2)) cache.clock.advance(random.integer(20));
          if (random.chance(0.3)) await setImmediate();
        }
      } finally {
        // Also when an answer is wrong: the members would change for ever.
        over = true;
      }
      expect(await changing).toBeGreaterThan(5);
      expect(moving).toBeGreaterThan(0);
      expect(cache.inconsistencies()).toEqual([]);
      single.nodes[0]!.close();
      await cache.close();
    },
    60_000,
  );
});
