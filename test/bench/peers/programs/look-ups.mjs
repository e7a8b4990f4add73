/** Longest that warm look-ups are repeated. */
const LOOK_UP_MS = 200;

/** Times the first look-up and the mean of warm ones; each must find one role. */
export function measureLookUps(paths, countRoles) {
  if (paths.length === 0) return {};
  const lookUp = (path) => {
    if (countRoles(path) !== 1) throw new Error(`${path} is not trusted to one role`);
  };
  let start = performance.now();
  lookUp(paths[0]);
  const firstLookUpMs = performance.now() - start;
  let count = 0;
  start = performance.now();
  while (count < 3 || performance.now() - start < LOOK_UP_MS) {
    lookUp(paths[count % paths.length]);
    count += 1;
  }
  return { firstLookUpMs, warmLookUpMs: (performance.now() - start) / count };
}
