// The ring: which node owns a key.
export { HashRing, type HashRingOptions } from './lib/hash-ring.ts';
export { MAX_MEMBERS, MAX_WEIGHT, MIN_WEIGHT, type RingMember, type WeightedMember } from './lib/member.ts';
export { murmur3, type HashFunction } from './lib/murmur3.ts';

// Slots: which slot a key is in, and which node should hold the slot.
export { SLOT_COUNT, slotOf } from './lib/slot.ts';
export {
  MAX_LOAD_FACTOR,
  UNPLACED,
  placeSlots,
  placementMoves,
  type PlacementMove,
  type SlotPlacement,
} from './lib/slot-placement.ts';

export { RingError, type RingErrorCode } from './lib/errors.ts';
