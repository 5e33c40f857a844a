import type { Environment } from './environment.ts';

/**
 * The settings of every program of this project. Several programs often share an environment, so the settings of one
 * are no mistakes to another.
 */
export const SETTINGS: readonly string[] = [
  ...['HTTP_HOST', 'HTTP_PORT', 'RESP_HOST', 'RESP_PORT', 'ALLOWED_HOSTS', 'PASSWORD', 'ALLOW_OPEN'],
  ...['ENABLE_DEBUG_COMMAND', 'ENABLE_SHUTDOWN', 'STRICT_TRANSACTIONS', 'MAX_CLIENTS', 'LOG_LEVEL'],
  ...['DATA_NODES', 'NODE_ID', 'MAX_MEMORY', 'MAX_ENTRIES', 'EVICTION_POLICY', 'DEFAULT_TTL'],
  ...['MAX_VALUE_SIZE', 'STATUS_INTERVAL', 'OPERATION_TIMEOUT', 'NODE_ENV'],
];

/** A variable that begins like this was meant for us. */
const OURS = /^(RESP_|EVICTION|MAX_MEM|MAX_ENTR|MAX_VALUE|DEFAULT_TTL)/;

/** What others use, though it looks like a slip. */
const OF_OTHERS = new Set(['HTTPS_HOST', 'HTTPS_PORT', 'REST_HOST', 'REST_PORT', 'NODE_IP']);

/** What Kubernetes sets for each service, by the service's name. */
const OF_KUBERNETES = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP|SCTP)/;

/**
 * Variables that look like settings but are none, in one line that names the nearest setting of each; undefined when
 * there are none. An environment is full of variables of others, so in doubt one is not named.
 */
export function misspeltSettings(environment: Environment): string | undefined {
  const found = Object.keys(environment)
    .filter((name) => environment[name] !== undefined && !isKnown(name))
    .flatMap((name) => {
      const setting = intended(name);
      return setting === undefined ? [] : [`${name} is not a setting: did you mean ${setting}?`];
    });
  return found.length === 0 ? undefined : found.join(' ');
}

function isKnown(name: string): boolean {
  return SETTINGS.includes(name) || OF_OTHERS.has(name) || OF_KUBERNETES.test(name);
}

function intended(name: string): string | undefined {
  if (name.length > 40) return undefined;
  let nearest = '';
  let least = Infinity;
  for (const setting of SETTINGS) {
    const distance = editDistance(letters(name), letters(setting));
    if (distance >= least) continue;
    nearest = setting;
    least = distance;
  }
  return least <= slips(letters(nearest)) || OURS.test(name) ? nearest : undefined;
}

/** Case, underscores and hyphens are what is mistaken most, and tell nothing apart. */
function letters(name: string): string {
  return name.toUpperCase().replace(/[^A-Z\d]/g, '');
}

/** How many letters may be wrong: short names are too near to others. */
function slips({ length }: string): number {
  if (length < 7) return 0;
  return length < 9 ? 1 : 2;
}

/**
 * Insertions, deletions, replacements and exchanges of neighbours that make one text the other (optimal string
 * alignment), by the rows of the classic table. Both are short.
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        cell(previous, j) + 1,
        cell(row, j - 1) + 1,
        cell(previous, j - 1) + (same ? 0 : 1),
        exchanged ? cell(before, j - 2) + 1 : Infinity,
      );
    }
    before = previous;
    previous = row;
  }
  return cell(previous, b.length);
}

/** No way leads to what lies outside of the table. */
function cell(row: readonly number[], j: number): number {
  return row[j] ?? Infinity;
}
