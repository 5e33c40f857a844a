import { expect } from '@jest/globals';
import type { Store } from '../store.ts';
import { marked } from './model.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;

export function put(
  store: Store,
  key: Buffer | string,
  value: Buffer | string,
  options: { slot?: number; expiresAt?: number; now?: number } = {},
): number {
  const k = Buffer.from(key as string);
  const v = Buffer.from(value as string);
  const { slot = 0, expiresAt = 0, now = 0 } = options;
  return store.put(k, 0, k.length, slot, v, 0, v.length, expiresAt, now);
}

export function find(store: Store, key: Buffer | string, now = 0): number {
  const k = Buffer.from(key as string);
  return store.find(k, 0, k.length, now);
}

export function scanAll(store: Store, slot: number, visit: (entry: number) => void): void {
  let cursor = 0;
  let calls = 0;
  do cursor = store.scan(marked([slot]), cursor, 10, visit);
  while (cursor !== 0 && ++calls < 100_000);
  expect(cursor).toBe(0);
}
