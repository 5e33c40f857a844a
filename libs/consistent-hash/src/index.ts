export { SLOT_COUNT, slotOf } from './lib/slot.ts';
