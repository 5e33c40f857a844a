import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@distributed-cache/test-kit';
import { IdleCollector, processMemory, type Memory } from './idle-collector.ts';

const MEBIBYTE = 2 ** 20;

class TestMemory implements Memory {
  collections = 0;
  isIdle = true;
  live = 10 * MEBIBYTE;
  garbage = 0;

  used(): number {
    return this.live + this.garbage;
  }

  idle(): number {
    return this.isIdle ? 1 : 0;
  }

  collect(done: () => void): void {
    this.collections++;
    this.garbage = 0;
    done();
  }
}

describe('IdleCollector', () => {
  const begin = (): { clock: ManualClock; memory: TestMemory; collector: IdleCollector } => {
    const [clock, memory] = [new ManualClock(), new TestMemory()];
    const collector = new IdleCollector(clock, memory);
    collector.start();
    return { clock, memory, collector };
  };

  test('collects once what a storm left behind, when it is over', () => {
    const { clock, memory } = begin();
    clock.advance(60_000);
    expect(memory.collections).toBe(0);
    memory.garbage = 100 * MEBIBYTE;
    memory.isIdle = false;
    clock.advance(60_000);
    expect(memory.collections).toBe(0);
    memory.isIdle = true;
    clock.advance(1_000);
    expect(memory.collections).toBe(1);
    clock.advance(3_600_000);
    expect(memory.collections).toBe(1);
  });

  test('leaves a little alone', () => {
    const { clock, memory } = begin();
    memory.garbage = 20 * MEBIBYTE;
    clock.advance(3_600_000);
    expect(memory.collections).toBe(0);
  });

  test('looks again for what was still in use, three times, and for each growth', () => {
    const { clock, memory } = begin();
    memory.live = 100 * MEBIBYTE;
    clock.advance(1_000);
    expect(memory.collections).toBe(1);
    clock.advance(15_000);
    expect(memory.collections).toBe(2);
    clock.advance(3_600_000);
    expect(memory.collections).toBe(4);
    memory.garbage = 30 * MEBIBYTE;
    clock.advance(1_000);
    expect(memory.collections).toBe(5);
  });

  test('does nothing once it is stopped', () => {
    const { clock, memory, collector } = begin();
    memory.garbage = 100 * MEBIBYTE;
    collector.stop();
    clock.advance(60_000);
    expect(memory.collections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('makes this process collect, which goes on afterwards', async () => {
    // What earlier tests left behind would hide, by leaving by itself, that memory grows. Buffers are freed by a thread of
    // their own, after a collection: the next one begins by waiting for it.
    for (let i = 0; i < 2; i++) await new Promise<void>((done) => processMemory().collect(done));
    const clock = new ManualClock();
    const collector = new IdleCollector(clock);
    let resolve!: () => void;
    const collected = new Promise<void>((settle) => {
      resolve = settle;
    });
    const registry = new FinalizationRegistry(() => resolve());
    registry.register(Buffer.allocUnsafeSlow(64 * MEBIBYTE), undefined);
    collector.start();
    // Asked so rarely, the event loop is calm by its own measure.
    const turns = setInterval(() => clock.advance(1_000), 50);
    try {
      await collected;
    } finally {
      clearInterval(turns);
      collector.stop();
    }
  });
});

describe('the memory of the process', () => {
  test('is collected, again and again', async () => {
    const memory = processMemory();
    for (let i = 0; i < 3; i++) {
      const collected = new WeakRef({});
      // What a WeakRef was made for stays until the end of the turn.
      await setImmediate();
      await new Promise<void>((resolve) => memory.collect(resolve));
      expect(collected.deref()).toBeUndefined();
    }
  });
});
