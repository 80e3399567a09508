/** Citations as people read them: by what they stand in, with their numbers in short. Pure. */

/** What has the same key, together, in the order in which each key comes first. */
export function grouped<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

/** The numbers of markers: "1 2 5", and "1–6" for more than three. */
export function numbers(markers: readonly number[]): string {
  return markers.length > 3 ? `${markers[0]}–${markers.at(-1)}` : markers.join(" ");
}
