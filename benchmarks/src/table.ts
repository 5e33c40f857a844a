/** Tables as they stand in a README, to be formatted there. */
const markdown = process.argv.includes('--markdown');

/** Prints rows in aligned columns: the first to the left, all others to the right. */
export function printTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  console.log(`\n${title}\n`);
  if (markdown) {
    for (const row of [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]) {
      console.log(`| ${row.map((cell) => cell.replaceAll('*', '\\*')).join(' | ')} |`);
    }
    return;
  }
  console.log(line(header));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
}

/** 12345678 -> "12.3 M". */
export function millions(count: number): string {
  return `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`;
}
