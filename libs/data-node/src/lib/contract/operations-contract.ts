import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { IF_ABSENT, IF_PRESENT, KEEP_TTL, MAX_KEY_BYTES } from '../keyspace.ts';
import type { DataNodeOperations, Hit } from '../port/operations.ts';
import { MISS, MOVED, NOT_STORED, OK, TOO_LARGE, type Status } from '../status.ts';
import type { PortSetup, SetUpPort } from './ports-setup.ts';

const EVERY_SLOT = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const TIMEOUT = 1000;

const slotOfKey = (key: Buffer): number => slotOf(key, 0, key.length);

/** What {@link DataNodeOperations} guarantee, wherever the data node lives. */
export function describeOperationsContract(name: string, setUp: SetUpPort<DataNodeOperations>): void {
  describe(`${name} as DataNodeOperations`, () => {
    let port: DataNodeOperations;
    let node: PortSetup<DataNodeOperations>['node'];
    let answer: PortSetup<DataNodeOperations>['answer'];
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ port, node, answer, close } = await setUp());
      node.takeSlots(EVERY_SLOT, 7);
    });

    afterEach(() => close());

    const get = (key: string | Buffer) => {
      const bytes = Buffer.from(key as string);
      return port.get(bytes, 0, bytes.length, slotOfKey(bytes), TIMEOUT);
    };
    const has = (key: string) =>
      port.has(Buffer.from(key), 0, key.length, slotOfKey(Buffer.from(key)), TIMEOUT);
    const set = (key: string | Buffer, value: string | Buffer, ttl = 0, flags = 0) => {
      const [keyBytes, bytes] = [Buffer.from(key as string), Buffer.from(value as string)];
      const slot = slotOfKey(keyBytes);
      return port.set(keyBytes, 0, keyBytes.length, bytes, 0, bytes.length, ttl, flags, slot, TIMEOUT);
    };
    const remove = (key: string) =>
      port.delete(Buffer.from(key), 0, key.length, slotOfKey(Buffer.from(key)), TIMEOUT);
    const hitOf = async (key: string | Buffer): Promise<Hit> => {
      const found = await answer(get(key));
      if (typeof found === 'number') throw new Error(`status ${found}`);
      return found;
    };

    test('sets, gets, has and deletes', async () => {
      expect(await answer(get('k'))).toBe(MISS);
      expect(await answer(has('k'))).toBe(MISS);
      expect(await answer(set('k', 'v'))).toBe(OK);
      const hit = await hitOf('k');
      expect(hit.value.toString()).toBe('v');
      expect(hit.node).toBe(port.id);
      expect(hit.version).toEqual({ epoch: 7, counter: 1 });
      expect(await answer(has('k'))).toBe(OK);
      expect(await answer(remove('k'))).toBe(OK);
      expect(await answer(remove('k'))).toBe(MISS);
    });

    test('takes any bytes as key and as value, an empty value too', async () => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      expect(await answer(set(all, all))).toBe(OK);
      expect((await hitOf(all)).value).toEqual(all);
      expect(await answer(set('empty', ''))).toBe(OK);
      expect((await hitOf('empty')).value).toHaveLength(0);
      const long = Buffer.alloc(MAX_KEY_BYTES, 'k');
      expect(await answer(set(long, 'v'))).toBe(OK);
      expect((await hitOf(long)).value.toString()).toBe('v');
    });

    test('stores under a condition, and keeps a time to live', async () => {
      expect(await answer(set('k', '1', 0, IF_PRESENT))).toBe(NOT_STORED);
      expect(await answer(set('k', '1', 60_000, IF_ABSENT))).toBe(OK);
      expect(await answer(set('k', '2', 0, IF_ABSENT))).toBe(NOT_STORED);
      expect(await answer(set('k', '3', 0, IF_PRESENT | KEEP_TTL))).toBe(OK);
      expect((await hitOf('k')).value.toString()).toBe('3');
    });

    test('refuses what is too large, and changes nothing', async () => {
      expect(await answer(set('k', 'v'))).toBe(OK);
      expect(await answer(set('k', Buffer.alloc(9 * 2 ** 20)))).toBe(TOO_LARGE);
      expect((await hitOf('k')).value.toString()).toBe('v');
      expect(await answer(set(Buffer.alloc(MAX_KEY_BYTES + 1), 'v'))).toBe(TOO_LARGE);
      expect(await answer(get(Buffer.alloc(MAX_KEY_BYTES + 1)))).toBe(TOO_LARGE);
    });

    test('answers MOVED for every operation on a slot that the node does not serve, and does nothing', async () => {
      expect(await answer(set('k', 'v'))).toBe(OK);
      node.releaseSlots([slotOfKey(Buffer.from('k'))]);
      const answers = [get('k'), has('k'), set('k', 'w'), remove('k')] as const;
      for (const each of answers) expect(await answer<Hit | Status>(each)).toBe(MOVED);
      node.takeSlots([slotOfKey(Buffer.from('k'))], 8);
      expect((await hitOf('k')).value.toString()).toBe('v');
    });

    test('carries out calls in the order in which they were made', async () => {
      const answers = [set('k', '1'), get('k'), set('k', '2'), get('k'), remove('k'), get('k')];
      const [, first, , second, , third] = await Promise.all(answers.map((each) => answer<unknown>(each)));
      expect((first as Hit).value.toString()).toBe('1');
      expect((second as Hit).value.toString()).toBe('2');
      expect(third).toBe(MISS);
    });

    test("does not read the caller's bytes after the call has returned", async () => {
      const key = Buffer.from('..k.');
      const value = Buffer.from('.v..');
      const slot = slotOf(key, 2, 3);
      const stored = port.set(key, 2, 3, value, 1, 2, 0, 0, slot, TIMEOUT);
      key.fill('x');
      value.fill('x');
      expect(await answer(stored)).toBe(OK);
      expect((await hitOf('k')).value.toString()).toBe('v');
      key.fill('k');
      const found = port.get(key, 3, 4, slot, TIMEOUT);
      key.fill('x');
      expect(((await answer(found)) as Hit).value.toString()).toBe('v');
    });

    test('gives each value a buffer of its own', async () => {
      await answer(set('k', 'value'));
      (await hitOf('k')).value.fill('x');
      expect((await hitOf('k')).value.toString()).toBe('value');
    });
  });
}
