import { parseArgs } from 'node:util';
import type { Dataset } from '../fill.ts';
import { short } from '../mode.ts';

export type CommandName = 'get' | 'set';

/** A dataset and how it is driven. */
export interface Workload extends Dataset {
  readonly pipelines: readonly number[];
}

export interface Options {
  readonly workloads: readonly Workload[];
  readonly commands: readonly CommandName[];
  readonly rounds: number;
  /** About how long one round of one server takes. */
  readonly seconds: number;
}

/** Enough entries that neither the index nor anything else of either server fits into a cache of the processor. */
const MANY_KEYS = 5_000_000;

const DEFAULTS = short
  ? { keys: '1000', value: '3', pipeline: '1,16', rounds: '1', seconds: '0.02' }
  : { keys: '100000,1000000', value: '3,100,4096', pipeline: '1,16,64', rounds: '3', seconds: '2' };

/**
 * Reads the command line: each option takes one number or several with commas between. Without a selection of datasets
 * or pipelines all rows are measured, and the one with many keys.
 */
export function readOptions(args: readonly string[] = process.argv.slice(2)): Options {
  const { values: given } = parseArgs({
    args: [...args],
    options: {
      keys: { type: 'string' },
      value: { type: 'string' },
      pipeline: { type: 'string' },
      command: { type: 'string', default: 'get,set' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      short: { type: 'boolean' },
    },
  });
  const numbers = (name: keyof typeof DEFAULTS): number[] =>
    (given[name] ?? DEFAULTS[name]).split(',').map((text) => {
      const value = Number(text);
      if (!(value > 0)) throw new Error(`--${name} takes positive numbers, but has "${text}"`);
      return value;
    });
  const commands = given.command.split(',').map((name) => {
    if (name !== 'get' && name !== 'set') throw new Error(`--command takes get and set, but has "${name}"`);
    return name;
  });
  const pipelines = numbers('pipeline');
  const workloads: Workload[] = numbers('keys').flatMap((keys) =>
    numbers('value').map((valueBytes) => ({ keys, valueBytes, pipelines })),
  );
  const everything = given.keys === undefined && given.value === undefined && given.pipeline === undefined;
  if (everything && !short) workloads.push({ keys: MANY_KEYS, valueBytes: 3, pipelines: [1] });
  return { workloads, commands, rounds: numbers('rounds')[0]!, seconds: numbers('seconds')[0]! };
}
