import { expect, test } from '@jest/globals';
import { ClientMemory } from './client-memory.ts';

function holder(log: string[], name: string): { evict(): void } {
  return { evict: () => log.push(name) };
}

test('ClientMemory closes whoever holds most when all hold too much', () => {
  const log: string[] = [];
  const memory = new ClientMemory(100);
  const [a, b, c] = [holder(log, 'a'), holder(log, 'b'), holder(log, 'c')];
  memory.set(a, 30);
  memory.set(b, 50);
  memory.set(c, 20);
  expect([log, memory.total]).toEqual([[], 100]);
  memory.set(c, 21);
  expect([log, memory.total, memory.evicted]).toEqual([['b'], 51, 1]);
  memory.set(c, 0);
  expect(memory.total).toBe(30);
  memory.set(a, 101);
  expect([log, memory.total]).toEqual([['b', 'a'], 0]);
});
