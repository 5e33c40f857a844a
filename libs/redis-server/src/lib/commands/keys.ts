import { readValue, NONE } from '@distributed-cache/store';
import type { CommandContext } from './context.ts';
import { ABSENT, MISS, OK } from '@distributed-cache/data-node';
import { integerAt, isWord, type Arguments } from './arguments.ts';
import { ALL_KEYS, ONE_KEY, SECOND, TWO_KEYS, type CommandRow } from './command.ts';
import { areKeys, databaseProblem, refuse } from './outcomes.ts';
import { NO_SUCH_KEY, NOT_AN_INTEGER_ERROR, SYNTAX_ERROR } from './replies.ts';

const KEY = 1;

function del(args: Arguments, context: CommandContext): void {
  if (!areKeys(args, context)) return;
  const { keyspaceEvents } = context;
  const { node } = context;
  let deleted = 0;
  for (let key = 1; key < args.count; key++) {
    const status = node.delete(args.buffer, args.starts[key]!, args.ends[key]!);
    if (status === OK) {
      deleted++;
      if (keyspaceEvents.enabled) keyspaceEvents.notify('g', 'del', args, key);
    } else if (status !== MISS) {
      refuse(status, args, key, context);
      return;
    }
  }
  context.out.integer(deleted);
}

/** Counts the keys for which the data node answers OK: a key that is named twice counts twice. */
function counting(used: boolean) {
  return (args: Arguments, context: CommandContext): void => {
    if (!areKeys(args, context)) return;
    const { node } = context;
    let found = 0;
    for (let key = 1; key < args.count; key++) {
      const [start, end] = [args.starts[key]!, args.ends[key]!];
      const status = used ? node.touch(args.buffer, start, end) : node.has(args.buffer, start, end);
      if (status === OK) {
        found++;
      } else if (status !== MISS) {
        refuse(status, args, key, context);
        return;
      }
    }
    context.out.integer(found);
  };
}

function type(args: Arguments, context: CommandContext): void {
  const entry = context.node.peek(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
  context.out.simple(entry >= 0 ? 'string' : 'none');
}

function sameKey(args: Arguments): boolean {
  const { buffer, starts, ends } = args;
  return buffer.compare(buffer, starts[1], ends[1], starts[2], ends[2]) === 0;
}

/** Stores the first key's value and expiry under the second key. Answers if that is not possible. */
function copyEntry(args: Arguments, entry: number, context: CommandContext): boolean {
  const { node } = context;
  const value = readValue(node.store, entry);
  const expiresAt = node.store.expiresAt(entry);
  const status = node.put(args.buffer, args.starts[2]!, args.ends[2]!, value, 0, value.length, expiresAt);
  if (status === OK) return true;
  refuse(status, args, 2, context, value.length);
  return false;
}

/** @param onlyIfAbsent RENAMENX */
function renaming(onlyIfAbsent: boolean) {
  return (args: Arguments, context: CommandContext): void => {
    const { keyspaceEvents } = context;
    const { node } = context;
    const { buffer, starts, ends } = args;
    const entry = node.find(buffer, starts[1]!, ends[1]!);
    if (entry < 0) {
      if (entry === ABSENT) context.fail(NO_SUCH_KEY);
      else refuse(entry, args, 1, context);
      return;
    }
    const same = sameKey(args);
    if (onlyIfAbsent && (same || node.find(buffer, starts[2]!, ends[2]!) >= 0)) {
      context.out.integer(0);
      return;
    }
    if (!same) {
      if (!copyEntry(args, entry, context)) return;
      node.delete(buffer, starts[1]!, ends[1]!);
      if (keyspaceEvents.enabled) {
        keyspaceEvents.notify('g', 'rename_from', args, 1);
        keyspaceEvents.notify('g', 'rename_to', args, 2);
      }
    }
    if (onlyIfAbsent) context.out.integer(1);
    else context.out.simple('OK');
  };
}

function copy(args: Arguments, context: CommandContext): void {
  let replace = false;
  for (let i = 3; i < args.count; i++) {
    if (isWord(args, i, 'replace')) {
      replace = true;
    } else if (isWord(args, i, 'db') && i + 1 < args.count) {
      const problem = databaseProblem(args, ++i);
      if (problem !== undefined) {
        context.fail(problem);
        return;
      }
    } else {
      context.fail(SYNTAX_ERROR);
      return;
    }
  }
  if (sameKey(args)) {
    context.fail('ERR source and destination objects are the same');
    return;
  }
  const { keyspaceEvents } = context;
  const { node } = context;
  const { buffer, starts, ends } = args;
  const entry = node.peek(buffer, starts[1]!, ends[1]!);
  if (entry < 0 || (!replace && node.find(buffer, starts[2]!, ends[2]!) >= 0)) {
    context.out.integer(0);
    return;
  }
  if (!copyEntry(args, entry, context)) return;
  if (keyspaceEvents.enabled) keyspaceEvents.notify('g', 'copy_to', args, 2);
  context.out.integer(1);
}

function objectEncoding(args: Arguments, context: CommandContext): void {
  const { node } = context;
  const entry = node.find(args.buffer, args.starts[2]!, args.ends[2]!);
  if (entry < 0) {
    context.out.null();
    return;
  }
  const length = node.store.valueLength(entry);
  context.out.bulkText(node.isInteger(entry) ? 'int' : length <= EMBEDDED_LENGTH ? 'embstr' : 'raw');
}

/** Up to here Redis keeps a string and its header in one block. */
const EMBEDDED_LENGTH = 44;

function objectRefcount(args: Arguments, context: CommandContext): void {
  const entry = context.node.find(args.buffer, args.starts[2]!, args.ends[2]!);
  if (entry < 0) context.out.null();
  else context.out.integer(1);
}

const POLICIES_DIFFER =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

/** In whole seconds. Not a use, as nothing that OBJECT does. */
function objectIdletime(args: Arguments, context: CommandContext): void {
  const { node } = context;
  const entry = node.find(args.buffer, args.starts[2]!, args.ends[2]!);
  if (entry < 0) {
    context.out.null();
    return;
  }
  const idle = node.store.idleTime(entry, node.now());
  if (idle !== NONE) context.out.integer(Math.floor(idle / 1000));
  else context.fail(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${POLICIES_DIFFER}`);
}

function objectFreq(args: Arguments, context: CommandContext): void {
  const { node } = context;
  const entry = node.find(args.buffer, args.starts[2]!, args.ends[2]!);
  if (entry < 0) {
    context.out.null();
    return;
  }
  const frequency = node.store.frequency(entry);
  if (frequency !== NONE) context.out.integer(frequency);
  else {
    context.fail(
      `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${POLICIES_DIFFER}`,
    );
  }
}

function memoryUsage(args: Arguments, context: CommandContext): void {
  // Strings have nothing to take samples of.
  for (let i = 3; i < args.count; i += 2) {
    const samples = isWord(args, i, 'samples') && i + 1 < args.count ? integerAt(args, i + 1) : -1;
    if (samples === undefined || samples < 0) {
      context.fail(samples === undefined ? NOT_AN_INTEGER_ERROR : SYNTAX_ERROR);
      return;
    }
  }
  const { store } = context.node;
  const entry = context.node.find(args.buffer, args.starts[2]!, args.ends[2]!);
  if (entry < 0) context.out.null();
  else context.out.integer(store.bytesOf(entry));
}

export const KEY_COMMANDS: readonly CommandRow[] = [
  {
    name: 'del',
    arity: -2,
    flags: ['write'],
    keys: ALL_KEYS,
    gather: 'sum',
    since: '1.0.0',
    summary: 'Deletes keys; answers how many there were.',
    complexity: 'O(N) in the number of keys',
    run: del,
  },
  {
    name: 'unlink',
    arity: -2,
    flags: ['write', 'fast'],
    keys: ALL_KEYS,
    gather: 'sum',
    since: '4.0.0',
    summary: 'Deletes keys, as DEL does.',
    complexity: 'O(N) in the number of keys',
    run: del,
  },
  {
    name: 'exists',
    arity: -2,
    flags: ['readonly', 'fast'],
    keys: ALL_KEYS,
    gather: 'sum',
    since: '1.0.0',
    summary: 'Counts those of the keys that exist.',
    complexity: 'O(N) in the number of keys',
    run: counting(false),
  },
  {
    name: 'touch',
    arity: -2,
    flags: ['readonly', 'fast'],
    keys: ALL_KEYS,
    gather: 'sum',
    since: '3.2.1',
    summary: 'Makes keys the most recently used; answers how many exist.',
    complexity: 'O(N) in the number of keys',
    run: counting(true),
  },
  {
    name: 'type',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Answers the type of a value, which is string.',
    complexity: 'O(1)',
    run: type,
  },
  {
    name: 'rename',
    arity: 3,
    flags: ['write'],
    keys: TWO_KEYS,
    gather: 'slot',
    since: '1.0.0',
    summary: 'Gives an entry another key, over whatever that key had.',
    complexity: 'O(N) in the length of the value',
    run: renaming(false),
  },
  {
    name: 'renamenx',
    arity: 3,
    flags: ['write', 'fast'],
    keys: TWO_KEYS,
    gather: 'slot',
    since: '1.0.0',
    summary: 'Gives an entry another key, if that does not exist.',
    complexity: 'O(N) in the length of the value',
    run: renaming(true),
  },
  {
    name: 'copy',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys: TWO_KEYS,
    gather: 'slot',
    since: '6.2.0',
    summary: 'Stores a value and its expiry under another key as well.',
    complexity: 'O(N) in the length of the value',
    run: copy,
  },
  {
    name: 'object',
    arity: -2,
    flags: [],
    since: '2.2.3',
    helpSince: '6.2.0',
    summary: 'Says how a value is kept.',
    subcommands: [
      {
        name: 'encoding',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND,
        gather: 'key',
        since: '2.2.3',
        summary: 'Answers int, embstr or raw, by what the value is.',
        complexity: 'O(1)',
        syntax: '<key>',
        run: objectEncoding,
      },
      {
        name: 'refcount',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND,
        gather: 'key',
        since: '2.2.3',
        summary: 'Answers 1: values are never shared.',
        complexity: 'O(1)',
        syntax: '<key>',
        run: objectRefcount,
      },
      {
        name: 'idletime',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND,
        gather: 'key',
        since: '2.2.3',
        summary: 'Answers for how many seconds an entry was not used, under the lru policy.',
        complexity: 'O(N) with the number of entries last used at about the same time.',
        syntax: '<key>',
        run: objectIdletime,
      },
      {
        name: 'freq',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND,
        gather: 'key',
        since: '4.0.0',
        summary: 'Answers how often an entry was used of late, under the adaptive policy.',
        complexity: 'O(1)',
        syntax: '<key>',
        run: objectFreq,
      },
    ],
  },
  {
    name: 'memory',
    arity: -2,
    flags: [],
    since: '4.0.0',
    group: 'server',
    summary: 'Says what memory is used for.',
    subcommands: [
      {
        name: 'usage',
        arity: -3,
        flags: ['readonly'],
        keys: SECOND,
        gather: 'key',
        since: '4.0.0',
        summary: 'Answers the bytes that an entry takes.',
        complexity: 'O(1)',
        syntax: '<key> [SAMPLES <count>]',
        run: memoryUsage,
      },
    ],
  },
];
