export const KIBIBYTE = 2 ** 10;
export const MEBIBYTE = 2 ** 20;
export const GIBIBYTE = 2 ** 30;

const UNITS: Readonly<Record<string, number>> = { '': 1, kb: KIBIBYTE, mb: MEBIBYTE, gb: GIBIBYTE };

/** Bytes that a text like `1048576`, `512kb`, `64mb` or `1gb` stands for; NaN when it is none. */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15})(kb|mb|gb)?$/i.exec(text) ?? [];
  return digits === undefined ? NaN : Number(digits) * (UNITS[unit.toLowerCase()] ?? NaN);
}

export function sizeText(bytes: number): string {
  if (bytes >= GIBIBYTE) return `${bytes / GIBIBYTE}gb`;
  return bytes >= MEBIBYTE ? `${bytes / MEBIBYTE}mb` : String(bytes);
}
