import { expect, test } from '@jest/globals';
import { type Store } from '../store.ts';
import { MIB, put } from './calls.ts';
import { marked, type CreateStore } from './model.ts';

export function describeVersions(create: CreateStore): void {
  const version = (store: Store, slot: number): [number, number] => [
    store.slotEpoch(slot),
    store.slotCounter(slot),
  ];

  test('versions outlive their entries', () => {
    const store = create({ maxBytes: MIB });
    store.beginEpoch(9, 4);
    expect(version(store, 9)).toEqual([4, 0]);
    const entry = put(store, 'key', '1', { slot: 9 });
    expect([store.versionEpoch(entry), store.versionCounter(entry)]).toEqual([4, 1]);
    store.remove(entry);
    store.advanceVersion(9);
    const again = put(store, 'key', '2', { slot: 9 });
    expect([store.versionEpoch(again), store.versionCounter(again)]).toEqual([4, 4]);
    store.clear(marked([9]));
    expect(version(store, 9)).toEqual([4, 5]);
    expect(version(store, 8)).toEqual([0, 0]);
  });

  test('an epoch that is not above the current one changes nothing', () => {
    const store = create({ maxBytes: MIB });
    store.beginEpoch(1, 7);
    put(store, 'key', 'v', { slot: 1 });
    store.beginEpoch(1, 7);
    store.beginEpoch(1, 3);
    expect(version(store, 1)).toEqual([7, 1]);
    store.beginEpoch(1, 2 ** 32 - 1);
    expect(version(store, 1)).toEqual([2 ** 32 - 1, 0]);
  });

  test('a version from elsewhere stays with its entry, and the slot goes on from it', () => {
    const store = create({ maxBytes: MIB });
    store.beginEpoch(1, 2);
    const older = put(store, 'older', 'v', { slot: 1 });
    store.setVersion(older, 1, 999);
    expect([store.versionEpoch(older), store.versionCounter(older)]).toEqual([1, 999]);
    expect(version(store, 1)).toEqual([2, 1]);
    const newer = put(store, 'newer', 'v', { slot: 1 });
    store.setVersion(newer, 2, 50);
    expect(version(store, 1)).toEqual([2, 50]);
  });

  test('a full counter carries into the epoch', () => {
    const store = create({ maxBytes: MIB });
    const entry = put(store, 'key', 'v', { slot: 1 });
    store.setVersion(entry, 5, 2 ** 32 - 1);
    put(store, 'key', 'w', { slot: 1 });
    expect([store.versionEpoch(entry), store.versionCounter(entry)]).toEqual([6, 0]);
    expect(version(store, 1)).toEqual([6, 0]);
  });
}
