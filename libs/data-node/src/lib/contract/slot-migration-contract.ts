import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DataNodeOperations, Hit } from '../port/operations.ts';
import type { SlotMigration } from '../port/slot-migration.ts';
import { MOVED, OK } from '../status.ts';
import type { TransferredEntry } from '../transfer.ts';
import type { PortSetup, SetUpPort } from './ports-setup.ts';

const EVERY_SLOT = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const EVERY_SLOT_MARKED = new Uint8Array(SLOT_COUNT).fill(1);
const TIMEOUT = 1000;

type Port = SlotMigration & DataNodeOperations;

/** What {@link SlotMigration} guarantees, wherever the data node lives. */
export function describeSlotMigrationContract(name: string, setUp: SetUpPort<Port>): void {
  describe(`${name} as SlotMigration`, () => {
    let port: Port;
    let answer: PortSetup<Port>['answer'];
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ port, answer, close } = await setUp());
      await answer(port.takeSlots(EVERY_SLOT, 7));
    });

    afterEach(() => close());

    const slotOfKey = (key: string): number => slotOf(Buffer.from(key), 0, key.length);
    const set = (key: string, value: string, ttl = 0) => {
      const bytes = Buffer.from(value);
      return port.set(
        Buffer.from(key),
        0,
        key.length,
        bytes,
        0,
        bytes.length,
        ttl,
        0,
        slotOfKey(key),
        TIMEOUT,
      );
    };
    const get = (key: string) => port.get(Buffer.from(key), 0, key.length, slotOfKey(key), TIMEOUT);

    test('entries are taken here, and received there, with value, version and time to live', async () => {
      await answer(set('one', '1', 5000));
      await answer(set('two', '2'));
      await answer(port.releaseSlots(EVERY_SLOT));
      const one = (await answer(port.take(Buffer.from('one'), 0, 3)))!;
      expect(one.ttl).toBeGreaterThan(0);
      expect(one.ttl).toBeLessThanOrEqual(5000);
      expect(await answer(port.take(Buffer.from('one'), 0, 3))).toBeUndefined();
      const rest: TransferredEntry[] = await answer(port.takeSome(EVERY_SLOT_MARKED, 10));
      expect(rest.map(({ key }) => key.toString())).toEqual(['two']);
      expect(await answer(port.takeSome(EVERY_SLOT_MARKED, 10))).toEqual([]);

      await answer(port.takeSlots(EVERY_SLOT, 8));
      expect(await answer(port.receive(one))).toBe(OK);
      const hit = (await answer(get('one'))) as Hit;
      expect(hit.value.toString()).toBe('1');
      expect(hit.version).toEqual({ epoch: 7, counter: 1 });
    });

    test('slots are released after the calls that were made before', async () => {
      const answers = [set('k', '1'), get('k'), port.releaseSlots(EVERY_SLOT), get('k')];
      const [, first, , second] = await Promise.all(answers.map((each) => answer<unknown>(each)));
      expect((first as Hit).value.toString()).toBe('1');
      expect(second).toBe(MOVED);
    });
  });
}
