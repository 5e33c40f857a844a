import { InMemoryPubSub, type NodeStatus, type PubSub } from '@distributed-cache/pubsub';
import { ManualClock } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FailureDetector, type Watched } from './failure-detector.ts';

const INTERVAL = 100;
const statistics = { entries: 0, bytes: 0, maxBytes: 0, hits: 0, misses: 0, evictions: 0, expirations: 0 };

describe('FailureDetector', () => {
  let clock: ManualClock;
  let pubsub: PubSub;
  let detector: FailureDetector<Watched>;
  let silent: Watched[];
  let reports: NodeStatus[];

  const a = { id: 'a', incarnation: 'a1' };
  const b = { id: 'b', incarnation: 'b1' };

  const report = ({ id, incarnation }: Watched) => {
    pubsub.publish({
      topic: 'node_status',
      node: id,
      incarnation,
      state: 'active',
      weight: 1,
      slots: 0,
      statistics,
    });
  };

  beforeEach(() => {
    clock = new ManualClock(1000);
    pubsub = new InMemoryPubSub();
    silent = [];
    reports = [];
    detector = new FailureDetector({
      pubsub,
      clock,
      interval: INTERVAL,
      onReport: (status) => reports.push(status),
      onSilent: (member) => silent.push(member),
    });
  });

  afterEach(async () => {
    detector.close();
    await pubsub.close();
    expect(clock.pending).toBe(0);
  });

  test('finds a member silent after three intervals, within one more, once, and only that one', async () => {
    detector.watch(a);
    detector.watch(b);
    for (let interval = 1; interval <= 3; interval++) {
      await clock.advanceAsync(INTERVAL);
      report(a);
    }
    expect(silent).toEqual([]);
    await clock.advanceAsync(INTERVAL);
    expect(silent).toEqual([b]);
    report(a);
    await clock.advanceAsync(2 * INTERVAL);
    expect(silent).toEqual([b]);
  });

  test('passes every report on, of strangers too', async () => {
    detector.watch(a);
    report(a);
    report(b);
    await clock.advanceAsync(0);
    expect(reports.map(({ node }) => node)).toEqual(['a', 'b']);
  });

  test('does not take another incarnation for the member', async () => {
    detector.watch(a);
    for (let interval = 1; interval <= 4; interval++) {
      report({ id: 'a', incarnation: 'a2' });
      await clock.advanceAsync(INTERVAL);
    }
    expect(silent).toEqual([a]);
  });

  test('starts over after a gap in its own event loop, and still finds out', async () => {
    detector.watch(a);
    await clock.advanceAsync(INTERVAL);
    clock.jump(50 * INTERVAL);
    await clock.advanceAsync(3 * INTERVAL);
    expect(silent).toEqual([]);
    await clock.advanceAsync(2 * INTERVAL);
    expect(silent).toEqual([a]);
  });

  test('starts over when the PubSub dropped messages', async () => {
    detector.watch(a);
    await clock.advanceAsync(3 * INTERVAL);
    // More in one turn than a subscriber may be behind: the first ones are dropped.
    for (let count = 0; count < 10_002; count++) report(b);
    await clock.advanceAsync(3 * INTERVAL);
    expect(silent).toEqual([]);
    await clock.advanceAsync(INTERVAL);
    expect(silent).toEqual([a]);
  });

  test('judges nobody whom it was told to forget, and nobody once the PubSub is closed', async () => {
    detector.watch(a);
    detector.watch(b);
    detector.forget(a);
    await pubsub.close();
    await clock.advanceAsync(10 * INTERVAL);
    expect(silent).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
