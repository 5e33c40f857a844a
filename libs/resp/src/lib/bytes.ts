/** The bytes that RESP gives a meaning to. */
export const CR = 0x0d;
export const LF = 0x0a;
export const ZERO = 0x30;
export const NINE = 0x39;
export const MINUS = 0x2d;

// What a request or a reply starts with.
export const STAR = 0x2a; // * array
export const DOLLAR = 0x24; // $ bulk string
export const PLUS = 0x2b; // + simple string
export const COLON = 0x3a; // : integer
export const UNDERSCORE = 0x5f; // _ null
export const COMMA = 0x2c; // , double
export const HASH = 0x23; // # boolean
export const OPEN_PARENTHESIS = 0x28; // ( big number
export const EXCLAMATION = 0x21; // ! bulk error
export const EQUALS = 0x3d; // = verbatim string
export const PERCENT = 0x25; // % map
export const TILDE = 0x7e; // ~ set
export const PIPE = 0x7c; // | attributes
export const GREATER = 0x3e; // > push

export const EMPTY: Buffer = Buffer.alloc(0);
