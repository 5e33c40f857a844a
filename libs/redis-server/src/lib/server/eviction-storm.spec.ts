import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import { seeded, type SeededRandom } from '@distributed-cache/test-kit';
import { createServer, parseReplies, TestClient } from '../testing/test-client.ts';

const BUDGET = 2 ** 20;
const COMMANDS = 20_000;
const SIZES = [0, 1, 3, 100, 100, 100, 500, 3000, 20_000, 200_000];

/** Entries in the order of use, least recently used first, and their values as lengths. */
type Model = Map<string, number>;

/** One command of a client, and what it does to the model once nothing has to make room for it any more. */
interface Step {
  readonly command: readonly [string, ...(string | number)[]];
  readonly answer: (answer: string) => boolean;
  readonly apply: () => void;
}

function nextStep(random: SeededRandom, model: Model): Step {
  const key = `key:${random.integer(3000)}`;
  const length = model.get(key);
  const size = SIZES[random.integer(SIZES.length)]!;
  const use = (value: number): void => {
    model.delete(key);
    model.set(key, value);
  };
  const useIfPresent = (): void => {
    if (length !== undefined) use(length);
  };
  const choice = random.integer(100);
  if (choice < 50) {
    const command = ['set', key, 'x'.repeat(size)] as const;
    return { command, answer: (answer) => answer === '+OK\r\n', apply: () => use(size) };
  }
  if (choice < 75) {
    const found = length === undefined ? '$-1\r\n' : `$${length}\r\n${'x'.repeat(length)}\r\n`;
    return { command: ['get', key], answer: (answer) => answer === found, apply: useIfPresent };
  }
  const count = length === undefined ? ':0\r\n' : ':1\r\n';
  if (choice < 80) {
    return { command: ['touch', key], answer: (answer) => answer === count, apply: useIfPresent };
  }
  if (choice < 85) {
    return { command: ['exists', key], answer: (answer) => answer === count, apply: () => undefined };
  }
  if (choice < 90) {
    const command = ['expire', key, 1_000_000] as const;
    return { command, answer: (answer) => answer === count, apply: useIfPresent };
  }
  if (choice < 95) {
    return { command: ['del', key], answer: (answer) => answer === count, apply: () => model.delete(key) };
  }
  const grown = (length ?? 0) + 100;
  const command = ['append', key, 'x'.repeat(100)] as const;
  return { command, answer: (answer) => answer === `:${grown}\r\n`, apply: () => use(grown) };
}

// `assert`, since Jest's `expect` takes longer than the server.
test(
  'a storm of writes at a full budget evicts exactly the least recently used, whatever the sizes',
  seeded((random) => {
    const server = createServer({ maxBytes: BUDGET, settings: { keyspaceEvents: 'Ee' } });
    const [client, listener] = [new TestClient(server), new TestClient(server)];
    listener.ask('subscribe', '__keyevent@0__:evicted');
    const model: Model = new Map();
    let evictions = 0;
    for (let i = 0; i < COMMANDS; i++) {
      const { command, answer, apply } = nextStep(random, model);
      const written = command[1] as string;
      const text = client.ask(...command);
      for (const reply of parseReplies(listener.read())) {
        const evicted = (reply as Buffer[])[2]!.toString();
        assert.notEqual(evicted, written, 'a write does not evict its own entry');
        const oldest = [...model.keys()].find((key) => key !== written);
        assert.equal(evicted, oldest, `${command[0]} number ${i} evicts the least recently used`);
        model.delete(evicted);
        evictions++;
      }
      assert(answer(text), `${command[0]} number ${i} answers rightly`);
      apply();
      assert(server.nodes[0]!.store.bytes <= BUDGET, 'the budget holds');
    }
    assert(evictions > 1000, `the budget was full: ${evictions} evictions`);
    assert.equal(client.ask('dbsize'), `:${model.size}\r\n`);
    for (const [key, length] of model) {
      assert.equal(client.ask('get', key), `$${length}\r\n${'x'.repeat(length)}\r\n`);
    }
  }),
);
