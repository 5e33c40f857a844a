import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import type { Arguments, Command } from '@distributed-cache/redis-server';
import { forEachKey, slotAt } from './keys.ts';

const INITIAL_KEYS = 64;

/**
 * Splits a command of many keys into commands of one slot each: `MSET a 1 b 2 c 3` into `MSET a 1 c 3` and `MSET b 2`,
 * when a and c share a slot. In the order in which the slots come first, and within a part in that of the keys.
 *
 * By slot, not by data node: then a part is what a data node carries out at once, what one primary serves or refuses,
 * and what moves as a whole. That costs more commands to the same node, which lie behind each other on the way.
 *
 * One instance is used again for each command and allocates nothing, unless a command has more keys than any before.
 * {@link args} shows one part at a time.
 */
export class KeyParts {
  /** The part that `select` chose: valid until it chooses another. */
  readonly args: { buffer: Buffer; count: number; starts: Int32Array; ends: Int32Array };
  count = 0;
  /** Slot -> 1 + its part; 0 for none. */
  readonly #partOf = new Int32Array(SLOT_COUNT);
  /** Part -> its slot, and its first and last key. */
  #slots = new Int32Array(INITIAL_KEYS);
  #first = new Int32Array(INITIAL_KEYS);
  #last = new Int32Array(INITIAL_KEYS);
  /** Key -> the next one of the same part, -1 for none. Keys are numbered from 0. */
  #next = new Int32Array(INITIAL_KEYS);
  #keys = 0;
  #whole!: Arguments;
  #firstIndex = 0;
  #step = 1;

  constructor() {
    const offsets = 2 * INITIAL_KEYS + 1;
    const [starts, ends] = [new Int32Array(offsets), new Int32Array(offsets)];
    this.args = { buffer: Buffer.alloc(0), count: 0, starts, ends };
  }

  /** Returns the number of parts. `args` must not change until the last one was selected. */
  split(command: Command, args: Arguments): number {
    this.#whole = args;
    this.#firstIndex = command.keys.first;
    this.#step = command.keys.step;
    this.#keys = this.count = 0;
    this.#reserve(args.count);
    forEachKey(command, args, (index) => {
      this.#add(slotAt(args, index));
    });
    for (let part = 0; part < this.count; part++) this.#partOf[this.#slots[part]!] = 0;
    return this.count;
  }

  slotOf(part: number): number {
    return this.#slots[part]!;
  }

  select(part: number): Arguments {
    const { args } = this;
    const { buffer, starts, ends } = this.#whole;
    args.buffer = buffer;
    args.starts[0] = starts[0]!;
    args.ends[0] = ends[0]!;
    args.count = 1;
    for (let key = this.#first[part]!; key >= 0; key = this.#next[key]!) {
      const from = this.#firstIndex + key * this.#step;
      for (let index = from; index < from + this.#step; index++) {
        args.starts[args.count] = starts[index]!;
        args.ends[args.count++] = ends[index]!;
      }
    }
    return args;
  }

  /**
   * Where the keys are in the command, part by part: [0, 2, 1] for the example above. Undefined when the parts have the
   * keys in the order of the command.
   */
  order(): readonly number[] | undefined {
    const order: number[] = [];
    for (let part = 0; part < this.count; part++) {
      for (let key = this.#first[part]!; key >= 0; key = this.#next[key]!) order.push(key);
    }
    return order.every((key, index) => key === index) ? undefined : order;
  }

  #add(slot: number): void {
    const key = this.#keys++;
    this.#next[key] = -1;
    let part = this.#partOf[slot]! - 1;
    if (part < 0) {
      part = this.count++;
      this.#partOf[slot] = part + 1;
      this.#slots[part] = slot;
      this.#first[part] = key;
    } else {
      this.#next[this.#last[part]!] = key;
    }
    this.#last[part] = key;
  }

  #reserve(keys: number): void {
    if (keys <= this.#next.length) return;
    this.#slots = new Int32Array(keys);
    this.#first = new Int32Array(keys);
    this.#last = new Int32Array(keys);
    this.#next = new Int32Array(keys);
    this.args.starts = new Int32Array(keys + 1);
    this.args.ends = new Int32Array(keys + 1);
  }
}
