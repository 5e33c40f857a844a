import { MalformedMessageError } from './errors.ts';

/**
 * How one value of a message travels: `pack` turns it into what MessagePack encodes, `unpack` turns that back. Both
 * check, so that the publisher of a wrong message is told, and no subscriber is handed one. Both throw
 * {@link MalformedMessageError}.
 */
export interface Field<T> {
  readonly pack: (value: T) => unknown;
  readonly unpack: (raw: unknown) => T;
}

function scalar<T>(expected: string, accepts: (raw: unknown) => boolean): Field<T> {
  const check = (raw: unknown): T => {
    if (!accepts(raw)) throw new MalformedMessageError(expected);
    return raw as T;
  };
  return { pack: check, unpack: check };
}

export function integer(least: number, most: number): Field<number> {
  return scalar(
    `an integer from ${least} to ${most}`,
    (raw) => Number.isSafeInteger(raw) && (raw as number) >= least && (raw as number) <= most,
  );
}

export const u32 = integer(0, 0xffff_ffff);
export const count = integer(0, Number.MAX_SAFE_INTEGER);
export const text = scalar<string>('a string', (raw) => typeof raw === 'string');
export const weight = scalar<number>(
  'a finite number, 0 or more',
  (raw) => Number.isFinite(raw) && (raw as number) >= 0,
);

/** A count, or Infinity where there is no limit. */
export const limit = scalar<number>(
  'a non-negative integer or Infinity',
  (raw) => raw === Infinity || (Number.isSafeInteger(raw) && (raw as number) >= 0),
);

export function oneOf<T extends string>(...values: readonly T[]): Field<T> {
  return scalar(values.join(' or '), (raw) => values.includes(raw as T));
}

const uint8Array = scalar<Uint8Array>('bytes', (raw) => raw instanceof Uint8Array);

/** The decoder answers views of the frame, which subscribers share: each gets a copy of its own. */
export const bytes: Field<Uint8Array> = {
  pack: uint8Array.pack,
  unpack: (raw) => new Uint8Array(uint8Array.unpack(raw)),
};

export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    pack: (value) => (value === null ? null : field.pack(value)),
    unpack: (raw) => (raw === null ? null : field.unpack(raw)),
  };
}

const array = scalar<readonly unknown[]>('an array', Array.isArray);

export function list<T>(item: Field<T>): Field<readonly T[]> {
  const each = <A, B>(values: readonly A[], convert: (value: A) => B): B[] => {
    const converted: B[] = [];
    for (const value of values) {
      try {
        converted.push(convert(value));
      } catch (error) {
        throw within(String(converted.length), error);
      }
    }
    return converted;
  };
  return {
    pack: (values) => each(array.pack(values) as readonly T[], item.pack),
    unpack: (raw) => each(array.unpack(raw), item.unpack),
  };
}

export function pair<T>(item: Field<T>): Field<readonly [T, T]> {
  const both = list(item);
  const two = (values: readonly T[]): readonly [T, T] => {
    if (values.length !== 2) throw new MalformedMessageError('two elements');
    return values as unknown as readonly [T, T];
  };
  return { pack: (values) => both.pack(two(values)), unpack: (raw) => two(both.unpack(raw)) };
}

/** An object, as the array of its values in the order of `fields`. Elements beyond the last one are skipped. */
export function record<T extends object>(fields: { readonly [K in keyof T]-?: Field<T[K]> }): Field<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    pack: (value) => {
      if (typeof value !== 'object' || (value as T | null) === null)
        throw new MalformedMessageError('an object');
      return names.map((name) => {
        try {
          return fields[name].pack(value[name]);
        } catch (error) {
          throw within(name, error);
        }
      });
    },
    unpack: (raw) => {
      const values = array.unpack(raw);
      const value: Partial<T> = {};
      names.forEach((name, i) => {
        try {
          value[name] = fields[name].unpack(values[i]);
        } catch (error) {
          throw within(name, error);
        }
      });
      return value as T;
    },
  };
}

/** The same error, seen from one level further out. */
function within(name: string, error: unknown): unknown {
  if (!(error instanceof MalformedMessageError)) return error;
  return new MalformedMessageError(error.expected, error.path ? `${name}.${error.path}` : name);
}
