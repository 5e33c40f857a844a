/** The value, where a test knows that there is one. Where there is none the test ends here, and says so. */
export function must<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new Error('There is no value here.');
  return value;
}
