export { byteByByte, commandsOf, currentCommand, cutAt, repliesOf, whole } from './lib/reads.ts';
