import { RingError } from './errors.ts';

/** A node of the ring: nothing but an id and how much it should own. */
export interface RingMember {
  /** Any non-empty string of well-formed Unicode. */
  readonly id: string;
  /** Share relative to the other members, from 0.01 to 100; 1 when absent. */
  readonly weight?: number;
}

/** A member that was checked, with its weight filled in. */
export type WeightedMember = Required<RingMember>;

export const MIN_WEIGHT = 0.01;
export const MAX_WEIGHT = 100;

/** Far above any cluster this is made for; keeps memory bounded and gives each equal member at least 16 slots. */
export const MAX_MEMBERS = 1000;

export function checkedMember({ id, weight = 1 }: RingMember): WeightedMember {
  // A lone surrogate has no UTF-8 form: two such ids would hash alike.
  if (typeof id !== 'string' || id === '' || /\p{Surrogate}/u.test(id)) {
    throw new RingError('INVALID_ID', 'A member id must be a non-empty string of well-formed Unicode.', id);
  }
  // Written so that NaN fails.
  if (typeof weight !== 'number' || !(weight >= MIN_WEIGHT && weight <= MAX_WEIGHT)) {
    const range = `a number from ${MIN_WEIGHT} to ${MAX_WEIGHT}`;
    throw new RingError(
      'INVALID_WEIGHT',
      `The weight of member "${id}" must be ${range}, not ${weight}.`,
      weight,
    );
  }
  return { id, weight };
}

/** Refuses member `id` when it would be one more than {@link MAX_MEMBERS}. */
export function checkRoomFor(id: string, members: number): void {
  if (members < MAX_MEMBERS) return;
  throw new RingError('TOO_MANY_MEMBERS', `A ring has at most ${MAX_MEMBERS} members.`, id);
}

/** By UTF-16 code units, so in no locale: every process sorts alike. */
export function byId(a: RingMember, b: RingMember): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
