import { bytesChanges } from "./bytes.ts";
import type { Change, StepChange } from "./change.ts";
import { keyChanges } from "./keys.ts";
import { linkChanges, stepChanges } from "./links.ts";
import { signatureChanges } from "./signatures.ts";
import { styleChanges } from "./styles.ts";
import { treeChanges } from "./tree.ts";
import { valueChanges } from "./values.ts";

export const CHANGES: readonly Change[] = [
  ...valueChanges,
  ...valueChanges,
  ...treeChanges,
  ...keyChanges,
  ...signatureChanges,
  ...styleChanges,
  ...linkChanges,
  ...bytesChanges,
];

export const STEP_CHANGES: readonly StepChange[] = stepChanges;
