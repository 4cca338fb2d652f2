/** What many runs of one thing came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there is nothing to sum up */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: quantile(values, 0), max: quantile(values, 1) };
}

/**
 * @param share 0 the least, 0.5 the median, 1 the greatest; between two values the mean of both, weighed by nearness
 * @throws RangeError when there is no value
 */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile of nothing");
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * Round by round, what was measured over its limit in the same round: a neighbour who slows a round slows both.
 * @throws RangeError when the two have not as many rounds
 */
export function ratioOf(values: readonly number[], limits: readonly number[]): Spread {
  if (values.length !== limits.length) throw new RangeError("each round measures both");
  return spreadOf(values.map((value, round) => value / (limits[round] ?? Number.NaN)));
}
