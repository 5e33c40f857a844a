/** The short form: seconds instead of minutes, to see that a benchmark works. Its speeds mean nothing. */
export const short = process.argv.includes('--short') || process.env['BENCH_SHORT'] === '1';
