import { COMMANDS, type Arguments } from '@distributed-cache/redis-server';
import { MISS, MOVED, OK, type TransferredEntry } from '@distributed-cache/data-node';
import { createServer, encode, TestClient } from '@distributed-cache/redis-server/testing';
import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RequestParser } from '@distributed-cache/resp';
import { isLater, type Answer, type DataNodeClient, type Hit } from '../data-node-client.ts';

export interface DataNodeClientSetup {
  /** A client of a started data node that has no slots. */
  readonly client: DataNodeClient;
  /** Waits for an answer, letting time pass as needed. */
  readonly answer: <T>(answer: Answer<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const everySlot = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const SLOT_OF_K = slotOf(Buffer.from('k'), 0, 1);
const everySlotMarked = new Uint8Array(SLOT_COUNT).fill(1);

function parse(args: readonly string[]): Arguments {
  const parser = new RequestParser();
  parser.feed(encode(...args));
  parser.next();
  return parser;
}

/** What every {@link DataNodeClient} guarantees, wherever its data node lives. */
export function describeDataNodeClientContract(
  name: string,
  setUp: () => DataNodeClientSetup | Promise<DataNodeClientSetup>,
): void {
  describe(`${name} as DataNodeClient`, () => {
    let client: DataNodeClient;
    let answer: DataNodeClientSetup['answer'];
    let close: DataNodeClientSetup['close'];

    const set = (key: string, value: string, ttl = 0) =>
      client.set(Buffer.from(key), 0, key.length, Buffer.from(value), 0, value.length, ttl, 0);
    const get = (key: string) => client.get(Buffer.from(key), 0, key.length);
    const valueOf = async (key: string) => {
      const found = await answer(get(key));
      return typeof found === 'number' ? undefined : found.value.toString();
    };

    beforeEach(async () => {
      ({ client, answer, close } = await setUp());
      await answer(client.takeSlots(everySlot, 7));
    });

    afterEach(() => close());

    test('sets, gets, has and deletes', async () => {
      expect(await answer(get('k'))).toBe(MISS);
      expect(await answer(set('k', 'v'))).toBe(OK);
      const hit = (await answer(get('k'))) as Hit;
      expect(hit.value.toString()).toBe('v');
      expect(hit.node).toBe(client.id);
      expect(hit.version).toEqual({ epoch: 7, counter: 1 });
      expect(await answer(client.has(Buffer.from('k'), 0, 1))).toBe(OK);
      expect(await answer(client.delete(Buffer.from('k'), 0, 1))).toBe(OK);
      expect(await answer(client.delete(Buffer.from('k'), 0, 1))).toBe(MISS);
    });

    test('carries out calls in the order in which they were made', async () => {
      const answers = [
        set('k', '1'),
        get('k'),
        set('k', '2'),
        get('k'),
        client.releaseSlots(everySlot),
        get('k'),
      ];
      const [, first, , second, , third] = await Promise.all(answers.map((each) => answer<unknown>(each)));
      expect((first as Hit).value.toString()).toBe('1');
      expect((second as Hit).value.toString()).toBe('2');
      expect(third).toBe(MOVED);
    });

    test('carries out commands of a Redis client, which answer at once or later', async () => {
      const { session } = new TestClient(createServer());
      const execute = async (...args: string[]): Promise<string | number> => {
        const command = COMMANDS.find(Buffer.from(args[0]!), 0, args[0]!.length)!;
        const parsed = parse(args);
        const answered = client.execute(command, parsed, session, SLOT_OF_K);
        parsed.buffer.fill(0);
        const status = await answer<Buffer | number>(answered);
        if (typeof status !== 'number') return status.toString();
        const written = session.out.take().toString();
        return status === OK ? written : status;
      };
      expect(await execute('set', 'k', 'v')).toBe('+OK\r\n');
      expect(await execute('get', 'k')).toBe('$1\r\nv\r\n');
      expect(await execute('incr', 'k')).toBe('-ERR value is not an integer or out of range\r\n');
      await answer(client.releaseSlots([SLOT_OF_K]));
      // What is not served is not taken for absent, and nothing is answered.
      expect(await execute('strlen', 'k')).toBe(MOVED);
      expect(await execute('del', 'k')).toBe(MOVED);
    });

    test("does not read the caller's bytes after the call has returned", async () => {
      const key = Buffer.from('..k.');
      const value = Buffer.from('.v..');
      const stored = client.set(key, 2, 3, value, 1, 2, 0, 0);
      key.fill('x');
      value.fill('x');
      expect(await answer(stored)).toBe(OK);
      expect(await valueOf('k')).toBe('v');
      key.fill('k');
      const found = client.get(key, 3, 4);
      key.fill('x');
      expect(((await answer(found)) as Hit).value.toString()).toBe('v');
    });

    test('gives each value a buffer of its own', async () => {
      await answer(set('k', 'value'));
      const hit = (await answer(get('k'))) as Hit;
      hit.value.fill('x');
      expect(await valueOf('k')).toBe('value');
    });

    test('moves entries: taken here, received there, with value, version and time to live', async () => {
      await answer(set('one', '1', 5000));
      await answer(set('two', '2'));
      await answer(client.releaseSlots(everySlot));
      const one = (await answer(client.take(Buffer.from('one'), 0, 3)))!;
      expect(one.ttl).toBeGreaterThan(0);
      expect(one.ttl).toBeLessThanOrEqual(5000);
      expect(await answer(client.take(Buffer.from('one'), 0, 3))).toBeUndefined();
      const rest: TransferredEntry[] = await answer(client.takeSome(everySlotMarked, 10));
      expect(rest.map(({ key }) => key.toString())).toEqual(['two']);
      expect(await answer(client.takeSome(everySlotMarked, 10))).toEqual([]);

      await answer(client.takeSlots(everySlot, 8));
      expect(await answer(client.receive(one))).toBe(OK);
      const hit = (await answer(get('one'))) as Hit;
      expect(hit.value.toString()).toBe('1');
      expect(hit.version).toEqual({ epoch: 7, counter: 1 });
    });

    test('a call belongs to its incarnation: a later one is not touched by it', async () => {
      const { incarnation } = client;
      await answer(set('k', 'before'));
      const restarted = client.restart();
      // Made before the restart was answered: bound to the old incarnation, unless the client knows the new one.
      const late = client.incarnation === incarnation ? Promise.resolve(set('k', 'late')) : undefined;
      const failed = late?.then(
        () => false,
        () => true,
      );
      await answer(restarted);
      expect(client.incarnation).not.toBe(incarnation);
      if (failed !== undefined) expect(await answer(failed)).toBe(true);
      await answer(client.takeSlots(everySlot, 9));
      expect(await answer(get('k'))).toBe(MISS);
      expect((await answer(client.statistics())).entries).toBe(0);
    });

    test('close ends the node, however often it is called', async () => {
      await answer(client.close());
      const again = client.close();
      if (isLater(again)) await answer(again);
      await expect(async () => {
        const found = await answer(get('k'));
        if (typeof found === 'number' && found < 0) throw new Error('refused');
      }).rejects.toThrow();
    });
  });
}
