import type { SeededRandom } from '@distributed-cache/test-kit';
import { ARGUMENTS, JUNK } from './arguments.ts';
import { CONNECTIONS, encodeArray, type Case, type Request, type Step } from './case.ts';
import { KNOWN, LISTED, NEVER } from './exclusions.ts';
import { GRAMMAR, RARE } from './grammar.ts';
import { generate, parseSyntax, type Syntax } from './syntax.ts';

/** As much as redis-server reads at once: a step is dealt with as a whole, before another client's. */
const MAX_STEP_BYTES = 12_000;
const RARITY = 0.05;

const names = Object.keys(GRAMMAR);
const syntaxes = new Map<string, Syntax>(names.map((name) => [name, parseSyntax(GRAMMAR[name]!)]));

/** Families that mean something only when several of them meet. */
const FAMILIES: readonly (readonly string[])[] = [
  ['multi', 'exec', 'exec', 'discard', 'watch', 'watch', 'unwatch', 'set', 'del'],
  ['subscribe', 'psubscribe', 'unsubscribe', 'punsubscribe', 'publish', 'publish', 'pubsub|numsub', 'reset'],
  ['client|reply', 'multi', 'exec', 'subscribe', 'unsubscribe', 'reset', 'get', 'echo'],
  ['client|tracking', 'client|caching', 'client|trackinginfo', 'client|getredir', 'get', 'set', 'hello'],
  ['config|set', 'auth', 'hello', 'reset', 'get'],
  ['config|set', 'subscribe', 'psubscribe', 'set', 'rename', 'expire', 'getex', 'copy', 'mset'],
  ['set', 'getex', 'expire', 'pexpire', 'expireat', 'pexpireat', 'ttl', 'pttl', 'expiretime', 'persist'],
  ['incrbyfloat', 'incrbyfloat', 'incrby', 'decrby', 'append', 'set', 'get', 'getrange', 'setrange'],
];

/** Makes cases of random commands, the same ones for the same seed. */
export class CaseGenerator {
  readonly #random: SeededRandom;
  /** What the case at hand has more of: commands of a family meet more often than chance would have it. */
  #favourites: readonly string[] = [];

  /** Whether requests of the case at hand are broken. */
  #breaks = false;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): Case {
    const random = this.#random;
    this.#breaks = random.chance(0.05);
    const family = random.chance(0.5) ? random.pick(FAMILIES) : [];
    this.#favourites = [...family, ...Array.from({ length: 8 }, () => random.pick(names)), 'set'];
    const steps: Step[] = [];
    for (let connection = 0; connection < CONNECTIONS; connection++) {
      if (random.chance(0.5)) steps.push({ connection, requests: [requestOf(['hello', '3'])], pieces: [] });
    }
    let connection = 0;
    for (let left = 5 + random.integer(25); left > 0; left--) {
      if (random.chance(0.3)) connection = random.integer(CONNECTIONS);
      steps.push(this.#step(connection));
    }
    return steps;
  }

  #step(connection: number): Step {
    const random = this.#random;
    const requests: Request[] = [];
    let bytes = 0;
    do {
      const request = this.#request();
      requests.push(request);
      bytes += request.bytes.length;
    } while (bytes < MAX_STEP_BYTES && random.chance(0.6));
    const isCut = random.chance(0.15);
    const pieces = isCut ? Array.from({ length: 1 + random.integer(4) }, () => 1 + random.integer(40)) : [];
    return { connection, requests, pieces };
  }

  #request(): Request {
    const random = this.#random;
    for (;;) {
      const args = this.#call();
      if (isExcluded(args) || (this.#breaks && !isBreakable(args))) continue;
      if (random.chance(0.06) && isTypable(args)) {
        return { args, bytes: this.#inline(args) };
      }
      const bytes = encodeArray(args);
      return { args, bytes: this.#breaks && random.chance(0.05) ? this.#broken(bytes) : bytes };
    }
  }

  #call(): string[] {
    const random = this.#random;
    const name = this.#name();
    const args = generate(syntaxes.get(name)!, random, (type) => {
      const maker = ARGUMENTS[type];
      if (maker === undefined) throw new Error(`the grammar names arguments that nothing makes: ${type}`);
      const made = maker(random);
      return typeof made === 'string' ? [made] : made;
    });
    const call = [...name.split('|'), ...args];
    if (random.chance(0.12)) this.#spoil(call);
    return call.map((each) => (random.chance(0.3) ? this.#inOtherCase(each) : each));
  }

  #name(): string {
    const random = this.#random;
    for (;;) {
      const name = random.pick(random.chance(0.7) ? this.#favourites : names);
      if (!RARE.has(name) || random.chance(RARITY)) return name;
    }
  }

  /** Makes it nearly valid. */
  #spoil(call: string[]): void {
    const random = this.#random;
    const at = random.chance(0.9) ? 1 + random.integer(call.length) : 0;
    const junk = random.chance(0.2)
      ? Buffer.from(random.bytes(random.integer(6))).toString('latin1')
      : random.pick(JUNK);
    switch (random.integer(6)) {
      case 0:
        if (call.length > 1) call.splice(at, 1);
        break;
      case 1:
        call.push(junk);
        break;
      case 2:
        call.splice(at, 0, junk);
        break;
      case 3:
        call.splice(at, 1, junk);
        break;
      case 4:
        call.push(...call.slice(at));
        break;
      case 5:
        call.push(random.pick(JUNK), junk);
        break;
    }
  }

  /** Only names and options, which are letters, look the same in another case to the server. */
  #inOtherCase(text: string): string {
    if (!/^[A-Za-z-]{2,}$/.test(text)) return text;
    switch (this.#random.integer(3)) {
      case 0:
        return text.toLowerCase();
      case 1:
        return text.toUpperCase();
      default:
        return [...text].map((c) => (this.#random.chance(0.5) ? c.toLowerCase() : c.toUpperCase())).join('');
    }
  }

  /** As somebody types it. */
  #inline(args: readonly string[]): Buffer {
    const random = this.#random;
    const words = args.map((argument) => {
      if (/^[\w.:*-]+$/.test(argument) && random.chance(0.8)) return argument;
      if (/^[ -~]*$/.test(argument) && random.chance(0.3)) return `'${argument.replace(/'/g, "\\'")}'`;
      const escaped = argument.replace(
        /[^ !#-[\]-~]/g,
        (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
      return `"${escaped}"`;
    });
    const end = random.chance(0.8) ? '\r\n' : '\n';
    return Buffer.from(words.join(random.chance(0.9) ? ' ' : '  \t') + end, 'latin1');
  }

  /** Some bytes are changed, cut out or put in. */
  #broken(bytes: Buffer): Buffer {
    const random = this.#random;
    const at = random.integer(bytes.length);
    const kind = random.integer(3);
    const inserted =
      kind === 0 ? [] : [random.pick([0x24, 0x2a, 0x2d, 0x30, 0x39, 0x0d, 0x0a, 0x20, 0x61, 0xff])];
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(inserted),
      bytes.subarray(kind === 1 ? at : at + 1),
    ]);
  }
}

export function requestOf(args: readonly string[]): Request {
  return { args, bytes: encodeArray(args) };
}

/**
 * What makes a replica of the client; what has answers that the rules allow by its name, which is elsewhere here; and
 * CLIENT REPLY SKIP, for which an empty line counts as a command in Redis.
 */
const NOT_INLINE = /^(sync|info|command|time|hello|keys|randomkey|reply)$/i;
/** Without its head, SCARD, which is a command of redis-server; and with another digit, a database that does not exist. */
const NOT_BROKEN = /^(discard|select)$/i;

/**
 * Requests after a broken one may be read as inline commands. When one of them has a NUL, redis-server waits for more
 * (listed in libs/resp/README.md).
 */
function isBreakable(args: readonly string[]): boolean {
  return args.every((each, i) => !each.includes('\0') && !(i === 0 ? NOT_BROKEN : NOT_INLINE).test(each));
}

/** A line that begins with a star is the head of an array. */
function isTypable(args: readonly string[]): boolean {
  return args[0] !== '' && !args[0]!.startsWith('*');
}

function isExcluded(args: readonly string[]): boolean {
  const lowered = args.map((each, i) => (i < 2 ? each.toLowerCase() : each));
  return [...NEVER, ...LISTED, ...KNOWN].some((each) => each.applies(lowered));
}
