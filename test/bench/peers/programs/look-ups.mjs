/** Longest that warm look-ups are repeated. */
const LOOK_UP_MS = 200;

/**
 * Times the first look-up and the mean of warm ones; each must find one role. With `loadAgain`, which reads the same file
 * once more and returns its `countRoles`, also the first among delegations that nobody has asked yet, by code that is warm:
 * what is left of the first one without the engine's own cold code.
 */
export function measureLookUps(paths, countRoles, loadAgain) {
  if (paths.length === 0) return {};
  let count = 0;
  const lookUp = (path, counting = countRoles) => {
    if (counting(path) !== 1) throw new Error(`${path} is not trusted to one role`);
  };
  let start = performance.now();
  lookUp(paths[0]);
  const firstLookUpMs = performance.now() - start;
  start = performance.now();
  while (count < 3 || performance.now() - start < LOOK_UP_MS) {
    lookUp(paths[count % paths.length]);
    count += 1;
  }
  const times = { firstLookUpMs, warmLookUpMs: (performance.now() - start) / count };
  if (loadAgain === undefined) return times;
  const unasked = loadAgain();
  start = performance.now();
  lookUp(paths[0], unasked);
  return { ...times, unaskedLookUpMs: performance.now() - start };
}
