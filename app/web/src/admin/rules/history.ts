/** Steps that can be undone; the newest last. */
export interface Steps<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
}

const MOST = 200;

export function begin<T>(now: T): Steps<T> {
  return { past: [], now, future: [] };
}

export function step<T>(steps: Steps<T>, now: T): Steps<T> {
  return { past: [...steps.past, steps.now].slice(-MOST), now, future: [] };
}

export function undo<T>(steps: Steps<T>): Steps<T> {
  const before = steps.past.at(-1);
  return before === undefined
    ? steps
    : { past: steps.past.slice(0, -1), now: before, future: [steps.now, ...steps.future] };
}

export function redo<T>(steps: Steps<T>): Steps<T> {
  const [next, ...future] = steps.future;
  return next === undefined ? steps : { past: [...steps.past, steps.now], now: next, future };
}
