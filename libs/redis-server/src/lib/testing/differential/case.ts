/** One request of a client. Arguments are strings of one character a byte. */
export interface Request {
  readonly args: readonly string[];
  /** What is sent: the arguments as an array or as an inline command, or something broken. */
  readonly bytes: Buffer;
}

/** What one client sends before anybody sends more. */
export interface Step {
  readonly connection: number;
  readonly requests: readonly Request[];
  /** Lengths of the pieces in which it is sent, over and over; empty for one piece. */
  readonly pieces: readonly number[];
}

/** What happens to a server with no keys. */
export type Case = readonly Step[];

/** Connections of a case. */
export const CONNECTIONS = 2;

/** By which rules, figures and exclusions are looked up: `get`, `config|set`. */
export function nameOf(args: readonly string[], known: (name: string) => boolean): string {
  const name = (args[0] ?? '').toLowerCase();
  const withSubcommand = `${name}|${(args[1] ?? '').toLowerCase()}`;
  return known(withSubcommand) ? withSubcommand : name;
}

export function bytesOf(step: Step): Buffer {
  return Buffer.concat(step.requests.map(({ bytes }) => bytes));
}

export function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  if (lengths.length === 0) return [bytes];
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** For people: a line for each request. */
export function describeCase(steps: Case): string {
  return steps
    .flatMap(({ connection, requests, pieces }) => {
      const how = pieces.length === 0 ? '' : `   in pieces of ${pieces.join(', ')}`;
      return requests.map(({ args, bytes }, i) => {
        const where = i === 0 ? `client ${connection}:` : '     then:';
        const plain = bytes.equals(encodeArray(args)) ? '' : `   as ${quoted(bytes.toString('latin1'))}`;
        return `${where} ${args.map(quoted).join(' ')}${plain}${i === 0 ? how : ''}`;
      });
    })
    .join('\n');
}

export function quoted(text: string): string {
  if (/^[\w|*?{}.:-]+$/.test(text)) return text;
  const escaped = JSON.stringify(text).replace(
    // eslint-disable-next-line no-control-regex -- what is not ASCII
    /\\u00([\da-f]{2})|[^\x00-\x7e]/g,
    (char, hex?: string) => `\\x${hex ?? char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return escaped;
}

export function encodeArray(args: readonly string[]): Buffer {
  const bulks = args.map((argument) => `$${argument.length}\r\n${argument}\r\n`);
  return Buffer.from(`*${args.length}\r\n${bulks.join('')}`, 'latin1');
}
