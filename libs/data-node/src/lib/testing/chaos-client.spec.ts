import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { ManualClock } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { describeLifeContract } from '../contract/life-contract.ts';
import { describeOperationsContract } from '../contract/operations-contract.ts';
import { describeSlotMigrationContract } from '../contract/slot-migration-contract.ts';
import type { PortSetup } from '../contract/ports-setup.ts';
import { DataNode } from '../data-node.ts';
import type { DataNodeClient } from '../port/data-node-client.ts';
import { UnreachableError } from '../port/errors.ts';
import { LocalDataNodeClient } from '../port/local-data-node-client.ts';
import { MISS, OK } from '../status.ts';
import { ChaosClient } from './chaos-client.ts';

const everySlot = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const bytes = (text: string): [Buffer, number, number] => [Buffer.from(text), 0, Buffer.byteLength(text)];
const SLOT = slotOf(...bytes('k'));
const TIMEOUT = 1000;

function localPort(): PortSetup<DataNodeClient> {
  const clock = new ManualClock();
  const pubsub = new InMemoryPubSub();
  const node = new DataNode({ id: 'local', pubsub, clock, maxBytes: 16 * 2 ** 20 });
  const port = new LocalDataNodeClient(node);
  port.start();
  return {
    port,
    node,
    answer: async (answer) => answer,
    close: async () => {
      port.close();
      await pubsub.close();
      expect(clock.pending).toBe(0);
    },
  };
}

function chaosPort(latency: number): PortSetup<DataNodeClient> {
  const clock = new ManualClock();
  const pubsub = new InMemoryPubSub();
  const port = new ChaosClient({ id: 'chaos', pubsub, clock, maxBytes: 16 * 2 ** 20 });
  port.delay(latency);
  return {
    port,
    node: port.node,
    answer: async (answer) => {
      await clock.advanceAsync(2 * latency);
      return answer;
    },
    close: async () => {
      port.kill();
      await pubsub.close();
    },
  };
}

for (const describeContract of [
  describeOperationsContract,
  describeLifeContract,
  describeSlotMigrationContract,
]) {
  describeContract('LocalDataNodeClient', localPort);
  describeContract('ChaosClient', () => chaosPort(0));
  describeContract('ChaosClient with a latency', () => chaosPort(5));
}

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
    const stored = client.set(...bytes('k'), ...bytes('v'), 0, 0, SLOT, TIMEOUT);
    const found = client.has(...bytes('k'), SLOT, TIMEOUT);
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
    const stored = Promise.resolve(client.set(...bytes('k'), ...bytes('v'), 0, 0, SLOT, TIMEOUT)).then(
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
    await expect(client.set(...bytes('k'), ...bytes('v'), 0, 0, SLOT, TIMEOUT)).rejects.toThrow(
      UnreachableError,
    );
    expect(client.has(...bytes('k'), SLOT, TIMEOUT)).toBe(MISS);
  });

  test('a killed node fails unanswered calls and all after them, and never says that it closed', async () => {
    client.stall();
    const pending = client.has(...bytes('k'), SLOT, TIMEOUT);
    client.kill();
    await expect(pending).rejects.toThrow(UnreachableError);
    expect(() => client.has(...bytes('k'), SLOT, TIMEOUT)).toThrow(UnreachableError);
    await clock.advanceAsync(500);
    expect(reports).not.toContain('closed');
  });
});
