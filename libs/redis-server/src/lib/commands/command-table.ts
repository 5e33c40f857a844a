import { FOLD, type Arguments } from './arguments.ts';

const EMPTY = -1;

/** What a table needs to know of a command. */
interface Named<C extends Named<C>> {
  /** In lower case. */
  readonly name: string;
  readonly subcommands: CommandTable<C> | undefined;
}

/**
 * Finds a command by the bytes of its name, in any case, without making a string.
 *
 * Open addressing over a hash of the length, the first, the middle and the last byte, in a table at most a quarter
 * full: nearly every name is found at the first look. Names are compared byte by byte in one flat array.
 */
export class CommandTable<C extends Named<C>> implements Iterable<C> {
  readonly #commands: readonly C[];
  readonly #mask: number;
  readonly #cells: Int16Array;
  readonly #names: Uint8Array;
  readonly #offsets: Int32Array;

  constructor(commands: readonly C[]) {
    this.#commands = commands;
    let size = 16;
    while (size < commands.length * 4) size *= 2;
    this.#mask = size - 1;
    this.#cells = new Int16Array(size).fill(EMPTY);
    this.#names = Buffer.from(commands.map(({ name }) => name).join(''), 'latin1');
    this.#offsets = new Int32Array(commands.length + 1);
    commands.forEach(({ name }, index) => {
      const start = this.#offsets[index]!;
      this.#offsets[index + 1] = start + name.length;
      let cell = this.#hash(this.#names, start, start + name.length);
      while (this.#cells[cell] !== EMPTY) cell = (cell + 1) & this.#mask;
      this.#cells[cell] = index;
    });
  }

  /** The command named by these bytes. */
  find(bytes: Uint8Array, start: number, end: number): C | undefined {
    if (start === end) return undefined;
    const cells = this.#cells;
    const mask = this.#mask;
    for (let cell = this.#hash(bytes, start, end); ; cell = (cell + 1) & mask) {
      const index = cells[cell]!;
      if (index === EMPTY) return undefined;
      if (this.#isNamed(index, bytes, start, end)) return this.#commands[index];
    }
  }

  /** The command, or subcommand, that was found for these arguments before. */
  of({ buffer, count, starts, ends }: Arguments): C {
    const command = this.find(buffer, starts[0]!, ends[0]!)!;
    if (command.subcommands === undefined || count === 1) return command;
    return command.subcommands.find(buffer, starts[1]!, ends[1]!)!;
  }

  /** With subcommands. */
  all(): C[] {
    return this.#commands.flatMap((command) => [command, ...(command.subcommands?.all() ?? [])]);
  }

  get size(): number {
    return this.#commands.length;
  }

  [Symbol.iterator](): Iterator<C> {
    return this.#commands[Symbol.iterator]();
  }

  #hash(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const first = FOLD[bytes[start]!]!;
    const middle = FOLD[bytes[start + (length >> 1)]!]!;
    const last = FOLD[bytes[end - 1]!]!;
    const mixed = Math.imul(first | (middle << 8) | (last << 16) | (length << 24), 0x9e3779b1);
    return (mixed >>> 16) & this.#mask;
  }

  #isNamed(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const names = this.#names;
    let at = this.#offsets[index]!;
    if (this.#offsets[index + 1]! - at !== end - start) return false;
    for (let i = start; i < end; i++) if (FOLD[bytes[i]!] !== names[at++]) return false;
    return true;
  }
}
