import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isLater } from '../port/answer.ts';
import type { DataNodeLife } from '../port/life.ts';
import type { DataNodeOperations } from '../port/operations.ts';
import { MISS, OK } from '../status.ts';
import type { PortSetup, SetUpPort } from './ports-setup.ts';

const EVERY_SLOT = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const KEY = Buffer.from('k');
const SLOT = slotOf(KEY, 0, KEY.length);
const TIMEOUT = 1000;

type Port = DataNodeLife & DataNodeOperations;

/** What {@link DataNodeLife} guarantees, wherever the data node lives. */
export function describeLifeContract(name: string, setUp: SetUpPort<Port>): void {
  describe(`${name} as DataNodeLife`, () => {
    let port: Port;
    let node: PortSetup<Port>['node'];
    let answer: PortSetup<Port>['answer'];
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ port, node, answer, close } = await setUp());
      node.takeSlots(EVERY_SLOT, 7);
    });

    afterEach(() => close());

    const set = (value: string) =>
      port.set(KEY, 0, KEY.length, Buffer.from(value), 0, value.length, 0, 0, SLOT, TIMEOUT);
    const get = () => port.get(KEY, 0, KEY.length, SLOT, TIMEOUT);

    test('tells what the node has and did, and counts from 0 again', async () => {
      await answer(set('v'));
      await answer(get());
      const statistics = await answer(port.statistics());
      expect(statistics).toMatchObject({ entries: 1, hits: 1, misses: 0, evictions: 0, expirations: 0 });
      expect(statistics.bytes).toBeGreaterThan(0);
      expect(statistics.bytes).toBeLessThanOrEqual(statistics.maxBytes);
      await answer(port.resetStatistics());
      expect(await answer(port.statistics())).toEqual({ ...statistics, hits: 0 });
    });

    test('a call belongs to its incarnation: a later one is not touched by it', async () => {
      const { incarnation } = port;
      await answer(set('before'));
      const restarted = port.restart();
      // Made before the restart was answered: bound to the old incarnation, unless the port knows the new one.
      const late = port.incarnation === incarnation ? Promise.resolve(set('late')) : undefined;
      const failed = late?.then(
        () => false,
        () => true,
      );
      await answer(restarted);
      expect(port.incarnation).not.toBe(incarnation);
      if (failed !== undefined) expect(await answer(failed)).toBe(true);
      node.takeSlots(EVERY_SLOT, 9);
      expect(await answer(get())).toBe(MISS);
      expect(await answer(set('after'))).toBe(OK);
      expect((await answer(port.statistics())).entries).toBe(1);
    });

    test('begins and drains as often as it is told', async () => {
      for (let time = 0; time < 2; time++) await answer(port.start());
      for (let time = 0; time < 2; time++) await answer(port.drain());
      expect(await answer(set('v'))).toBe(OK);
    });

    test('close ends the node, however often it is called', async () => {
      await answer(port.close());
      const again = port.close();
      if (isLater(again)) await answer(again);
      await expect(async () => {
        const found = await answer(get());
        if (typeof found === 'number' && found < 0) throw new Error('refused');
      }).rejects.toThrow();
    });
  });
}
