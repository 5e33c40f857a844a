import { expect, test } from '@jest/globals';
import { must, SeededRandom } from '@distributed-cache/test-kit';
import { readKey, readValue } from '../entry-bytes.ts';
import { MAX_PREPARED, NONE } from '../store.ts';
import { KIB, MIB, put } from './calls.ts';
import { bytes, marked, type CreateStore } from './model.ts';

export function describePreparation(create: CreateStore, seed: number): void {
  /** Some 30 keys, each in a place of its own, so that any sequence of them is a range of starts and ends. */
  const keys = Array.from({ length: 30 }, (_, i) => bytes(i % 3 === 0 ? 2 : 2 + i * 3, i));

  /** One event: keys in a buffer that is used again for the next, and what is done with each. */
  function event(random: SeededRandom): {
    buffer: Buffer;
    starts: Int32Array;
    ends: Int32Array;
    deeds: number[];
  } {
    const chosen = Array.from({ length: 1 + random.integer(MAX_PREPARED) }, () => random.pick(keys));
    const starts = new Int32Array(chosen.length);
    const ends = new Int32Array(chosen.length);
    let at = 0;
    chosen.forEach((key, i) => {
      starts[i] = at + random.integer(3);
      ends[i] = at = starts[i] + key.length;
    });
    const buffer = Buffer.alloc(at);
    chosen.forEach((key, i) => key.copy(buffer, starts[i]));
    return { buffer, starts, ends, deeds: chosen.map(() => random.integer(12)) };
  }

  test('a prepared lookup answers as any other, whatever happens before it', () => {
    const random = new SeededRandom(seed);
    const options = { maxBytes: MIB, maxEntries: 20 };
    const prepared = create(options);
    const plain = create(options);
    const network = Buffer.alloc(8 * KIB);
    let found = 0;
    for (let now = 1; now < 500; now++) {
      const { buffer, starts, ends, deeds } = event(random);
      buffer.copy(network);
      prepared.prepare(network, starts, ends, starts.length);
      deeds.forEach((deed, i) => {
        // Some commands look no key up, and some look it up twice.
        if (deed === 0) return;
        const answers = [prepared, plain].map((store) => {
          const source = store === prepared ? network : buffer;
          const range = [source, must(starts[i]), must(ends[i])] as const;
          const entry = store.find(...range, now);
          if (deed < 5) {
            const expiresAt = deed === 4 ? now + 5 : 0;
            const end = must(starts[i]) + (deed % 3);
            return readValue(store, store.put(...range, 0, source, must(starts[i]), end, expiresAt, now));
          }
          if (deed === 5 && entry !== NONE) store.remove(entry);
          if (deed === 6 && i % 20 === 0) store.clear(marked([0]));
          if (entry === NONE || deed < 7) return undefined;
          store.touch(entry);
          found++;
          const idle = store.idleTime(entry, now);
          return [readKey(store, entry), readValue(store, entry), store.expiresAt(entry), idle];
        });
        expect(answers[0]).toEqual(answers[1]);
        expect(prepared.entries).toBe(plain.entries);
      });
      prepared.endPreparation();
    }
    expect(found).toBeGreaterThan(500);
  });

  test('ends when it is told so: the bytes may then be others', () => {
    const store = create({ maxBytes: MIB });
    put(store, 'a', '1');
    put(store, 'b', '2');
    const network = Buffer.from('a');
    store.prepare(network, Int32Array.of(0), Int32Array.of(1), 1);
    store.endPreparation();
    network.write('b');
    expect(readValue(store, store.find(network, 0, 1, 0)).toString()).toBe('2');
  });
}
