import { invalid } from './errors.ts';

// Taken from the global object once: within Jest's module contexts each look-up of a global costs more than a sample.
const { exp, expm1, log, log1p, max, min, round } = Math;

/**
 * Ranks with Zipf's distribution: rank k (0 the most popular) has a probability proportional to 1 / (k + 1)^exponent.
 *
 * Rejection-inversion (Wolfgang Hörmann, Gerhard Derflinger: "Rejection-inversion to generate variates from monotone
 * discrete distributions", ACM TOMACS 6(3), 1996): invert the integral of the continuous hat x^-exponent, round to
 * the nearest integer and accept if the point lies under that integer's bar. Exact up to rounding, for any exponent
 * above 0 (1 and less included, which the usual closed forms exclude), no table, and fewer than 1.2 draws on
 * average, whatever the number of ranks.
 */
export class ZipfSampler {
  /** H(3/2) - h(1): where the first bar, which is cut off at the left, begins. */
  readonly #start: number;
  /** H(ranks + 1/2). */
  readonly #end: number;
  /** A point that is rounded by no more than this lies under the bar, for every bar: spares most exact tests. */
  readonly #squeeze: number;

  /**
   * @param ranks how many there are, an integer from 1 to 2^53 - 1
   * @param exponent the skew, above 0: 0.7 mild, 0.99 the usual choice of cache benchmarks, 1.2 strong
   * @param random where chance comes from; answers numbers in [0, 1)
   */
  constructor(
    readonly ranks: number,
    readonly exponent: number,
    private readonly random: { next(): number },
  ) {
    if (!Number.isSafeInteger(ranks) || ranks < 1)
      throw invalid('ranks', 'an integer from 1 to 2^53 - 1', ranks);
    if (!Number.isFinite(exponent) || exponent <= 0) throw invalid('exponent', 'a number above 0', exponent);
    this.#start = this.#hatIntegral(1.5) - 1;
    this.#end = this.#hatIntegral(ranks + 0.5);
    this.#squeeze = 2 - this.#hatIntegralInverse(this.#hatIntegral(2.5) - this.#hat(2));
  }

  /** The next rank, from 0 to `ranks` - 1. */
  next(): number {
    for (;;) {
      const u = this.#end + this.random.next() * (this.#start - this.#end);
      const x = this.#hatIntegralInverse(u);
      const k = min(max(round(x), 1), this.ranks);
      if (k - x <= this.#squeeze || u >= this.#hatIntegral(k + 0.5) - this.#hat(k)) return k - 1;
    }
  }

  /** h(x) = x^-exponent. */
  #hat(x: number): number {
    return exp(-this.exponent * log(x));
  }

  /** H(x) = (x^(1-exponent) - 1) / (1 - exponent), and log x for exponent 1, without cancellation near 1. */
  #hatIntegral(x: number): number {
    const logX = log(x);
    return logX * expm1Over((1 - this.exponent) * logX);
  }

  #hatIntegralInverse(y: number): number {
    // Rounding can push the argument below -1, where the logarithm has no value.
    const t = max(y * (1 - this.exponent), -1);
    return exp(y * log1pOver(t));
  }
}

/** (e^x - 1) / x, continued to 1 at 0. */
function expm1Over(x: number): number {
  return x === 0 ? 1 : expm1(x) / x;
}

/** log(1 + x) / x, continued to 1 at 0. */
function log1pOver(x: number): number {
  return x === 0 ? 1 : log1p(x) / x;
}
