import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SeededRandom, testSeed } from '@distributed-cache/test-kit';
import { COMMANDS } from '../../commands/commands.ts';
import type { RedisProcess } from '../redis-process.ts';
import { bytesOf } from './case.ts';
import { CaseGenerator } from './generator.ts';
import { GRAMMAR, LEFT_OUT } from './grammar.ts';
import { ProcessPeer, startRedis, type Connection, type Peer, type SocketPeer } from './peers.ts';
import { compareServers } from './run.ts';
import { describeDifference } from './trial.ts';

const seed = testSeed();

let redis: RedisProcess;
let theirs: SocketPeer;

beforeAll(async () => {
  ({ redis, theirs } = await startRedis());
});

afterAll(async () => {
  theirs.close();
  await redis.stop();
});

test(`random commands are answered as redis-server 7.0 answers them (TEST_SEED=${seed})`, async () => {
  const ours = new ProcessPeer();
  const { difference, counts } = await compareServers(ours, theirs, seed, 100_000);
  ours.close();
  if (difference !== undefined) {
    throw new Error(`Repeat with TEST_SEED=${seed}\n${describeDifference(difference)}`);
  }
  expect([...counts.keys()]).toEqual(expect.arrayContaining(Object.keys(GRAMMAR)));
}, 300_000);

/** Says that there is an empty value where there is none. */
class MistakenPeer implements Peer {
  readonly #peer = new ProcessPeer();

  async connect(): Promise<Connection> {
    const connection = await this.#peer.connect();
    const received = connection.received.bind(connection);
    connection.received = () =>
      Buffer.from(received().toString('latin1').replaceAll('$-1\r\n', '$0\r\n\r\n'), 'latin1');
    return connection;
  }

  settle(): Promise<void> {
    return this.#peer.settle();
  }

  reset(): Promise<void> {
    return this.#peer.reset();
  }

  close(): void {
    this.#peer.close();
  }
}

test('a difference is found, and told with the one command that it takes', async () => {
  const { difference } = await compareServers(new MistakenPeer(), theirs, 1, 100_000);
  expect(difference?.steps.flatMap(({ requests }) => requests)).toHaveLength(1);
  expect(describeDifference(difference!)).toMatch(
    /^client \d: .*\nWhat client \d was sent at the end, by\nus:\n/,
  );
});

describe('what is generated', () => {
  test('is the same for the same seed, and something else for another', () => {
    const bytes = (from: number): string => {
      const generator = new CaseGenerator(new SeededRandom(from));
      return Array.from({ length: 20 }, () => generator.next().map(bytesOf).join()).join();
    };
    expect(bytes(7)).toBe(bytes(7));
    expect(bytes(7)).not.toBe(bytes(8));
  });

  test('is about every command', () => {
    const names = COMMANDS.all()
      .filter(({ name, executable }) => executable && name !== 'help')
      .map(({ fullName }) => fullName);
    expect([...Object.keys(GRAMMAR), ...LEFT_OUT].sort()).toEqual(names.sort());
  });
});
