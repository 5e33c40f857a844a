import { parseArgs } from 'node:util';
import { must } from '@distributed-cache/test-kit';
import type { App } from '../build.ts';
import { COMMON_OPTIONS, positiveNumbers, readBefore, type Before } from '../command-line.ts';
import type { Dataset } from '../fill.ts';
import { short } from '../mode.ts';

export type CommandName = 'get' | 'set';
const COMMANDS: readonly CommandName[] = ['get', 'set'];

/** Ours: one data node, and three of them behind the cache manager's port. */
const SERVERS: readonly App[] = ['data-node-server', 'cache-manager'];

/** A dataset and how it is driven. */
export interface Workload extends Dataset {
  readonly pipelines: readonly number[];
}

export interface Options {
  readonly servers: readonly App[];
  readonly workloads: readonly Workload[];
  readonly commands: readonly CommandName[];
  readonly rounds: number;
  /** About how long one round of one server takes. */
  readonly seconds: number;
  /** Compare with this build in place of redis-server. */
  readonly before: Before | undefined;
}

/** Enough entries that neither the index nor anything else of either server fits into a cache of the processor. */
const MANY_KEYS = 5_000_000;

const FULL = { keys: '100000,1000000', value: '3,100,4096', pipeline: '1,16,64', rounds: '3', seconds: '2' };
const SHORT = { keys: '1000', value: '3', pipeline: '1,16', rounds: '1', seconds: '0.02' };
/** What a request itself costs shows best where values and keys cost little. */
const BEFORE = { keys: '100000', value: '3', pipeline: '1,16,64', seconds: '1' };

/**
 * Reads the command line: each option takes one number or several with commas between. Without a selection of datasets
 * or pipelines all rows are measured, and the one with many keys.
 */
export function readOptions(args: readonly string[] = process.argv.slice(2)): Options {
  const { values: given } = parseArgs({
    args: [...args],
    options: {
      ...COMMON_OPTIONS,
      server: { type: 'string', default: SERVERS.join(',') },
      keys: { type: 'string' },
      value: { type: 'string' },
      pipeline: { type: 'string' },
      command: { type: 'string', default: COMMANDS.join(',') },
      seconds: { type: 'string' },
    },
  });
  const before = readBefore(given);
  const defaults = { ...(short ? SHORT : FULL), ...(before && !short ? BEFORE : {}) };
  const numbers = (name: keyof typeof defaults): number[] =>
    positiveNumbers(name, given[name] ?? defaults[name]);
  const pipelines = numbers('pipeline');
  const workloads: Workload[] = numbers('keys').flatMap((keys) =>
    numbers('value').map((valueBytes) => ({ keys, valueBytes, pipelines })),
  );
  const everything = given.keys === undefined && given.value === undefined && given.pipeline === undefined;
  if (everything && !short && !before) workloads.push({ keys: MANY_KEYS, valueBytes: 3, pipelines: [1] });
  return {
    servers: names('server', given.server, SERVERS),
    workloads,
    commands: names('command', given.command, COMMANDS),
    rounds: before?.rounds ?? must(numbers('rounds')[0]),
    seconds: must(numbers('seconds')[0]),
    before,
  };
}

function names<Name extends string>(option: string, text: string, accepted: readonly Name[]): Name[] {
  return text.split(',').map((given) => {
    const name = accepted.find((each) => each === given);
    if (name === undefined) {
      throw new Error(`--${option} takes ${accepted.join(' and ')}, but has "${given}"`);
    }
    return name;
  });
}
