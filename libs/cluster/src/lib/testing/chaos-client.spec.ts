import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import { DataNode, MISS, OK } from '@distributed-cache/data-node';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { ManualClock } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DataNodeUnavailableError } from '../errors.ts';
import { LocalDataNodeClient } from '../local-data-node-client.ts';
import { ChaosClient } from './chaos-client.ts';
import { describeDataNodeClientContract } from './client-contract.ts';

const everySlot = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const bytes = (text: string): [Buffer, number, number] => [Buffer.from(text), 0, Buffer.byteLength(text)];

describeDataNodeClientContract('LocalDataNodeClient', () => {
  const clock = new ManualClock();
  const pubsub = new InMemoryPubSub();
  const client = new LocalDataNodeClient(new DataNode({ id: 'local', pubsub, clock, maxBytes: 1024 * 1024 }));
  client.start();
  return {
    client,
    answer: async (answer) => answer,
    close: async () => {
      client.close();
      await pubsub.close();
      expect(clock.pending).toBe(0);
    },
  };
});

describe.each([0, 5])('with a latency of %d ms', (latency) => {
  describeDataNodeClientContract('ChaosClient', () => {
    const clock = new ManualClock();
    const pubsub = new InMemoryPubSub();
    const client = new ChaosClient({ id: 'chaos', pubsub, clock, maxBytes: 1024 * 1024 });
    client.delay(latency);
    return {
      client,
      answer: async (answer) => {
        await clock.advanceAsync(2 * latency);
        return answer;
      },
      close: async () => {
        client.kill();
        await pubsub.close();
      },
    };
  });
});

describe('ChaosClient', () => {
  let clock: ManualClock;
  let pubsub: InMemoryPubSub;
  let client: ChaosClient;
  let reports: string[];

  beforeEach(() => {
    clock = new ManualClock();
    pubsub = new InMemoryPubSub();
    reports = [];
    pubsub.subscribe('node_status', (message) => {
      if (message.topic === 'node_status') reports.push(message.state);
    });
    client = new ChaosClient({ id: 'a', pubsub, clock, maxBytes: 1024 * 1024, statusInterval: 100 });
    client.start();
    client.takeSlots(everySlot, 1);
  });

  afterEach(async () => {
    client.kill();
    await pubsub.close();
    expect(clock.pending).toBe(0);
  });

  test('a stalled node carries out nothing and reports nothing; resumed, it does what piled up, in order', async () => {
    await clock.advanceAsync(100);
    const before = reports.length;
    client.stall();
    const stored = client.set(...bytes('k'), ...bytes('v'), 0, 0);
    const found = client.has(...bytes('k'));
    await clock.advanceAsync(500);
    expect(client.node.store.entries).toBe(0);
    expect(reports).toHaveLength(before);
    client.resume();
    expect(await Promise.all([stored, found])).toEqual([OK, OK]);
    await clock.advanceAsync(100);
    expect(reports.length).toBeGreaterThan(before);
  });

  test('a call takes the latency in both directions', async () => {
    client.delay(10);
    let answered = false;
    const stored = Promise.resolve(client.set(...bytes('k'), ...bytes('v'), 0, 0)).then(
      () => (answered = true),
    );
    await clock.advanceAsync(9);
    expect(client.node.store.entries).toBe(0);
    await clock.advanceAsync(1);
    expect(client.node.store.entries).toBe(1);
    expect(answered).toBe(false);
    await clock.advanceAsync(10);
    expect(await stored).toBe(true);
  });

  test('fails as many calls as it is told, without carrying them out', async () => {
    client.fail(1);
    await expect(client.set(...bytes('k'), ...bytes('v'), 0, 0)).rejects.toThrow(DataNodeUnavailableError);
    expect(client.has(...bytes('k'))).toBe(MISS);
  });

  test('a killed node fails unanswered calls and all after them, and never says that it closed', async () => {
    client.stall();
    const pending = client.has(...bytes('k'));
    client.kill();
    await expect(pending).rejects.toThrow(DataNodeUnavailableError);
    expect(() => client.has(...bytes('k'))).toThrow(DataNodeUnavailableError);
    await clock.advanceAsync(500);
    expect(reports).not.toContain('closed');
  });
});
