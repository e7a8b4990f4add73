export {
  cutOff,
  drip,
  endless,
  gzipBomb,
  gzipped,
  lyingLength,
  redirect,
  silence,
  status,
  whole,
  type Answer,
} from "./server/answers.ts";
export { serveRepository, type LoopbackRepository } from "./server/loopback-repository.ts";
export { SimulatedCountermark, type SimulatedKeys } from "./simulator/countermark-repository.ts";
export { forge, signText, type Forgery, type Hand } from "./simulator/forge.ts";
export { SimulatedRepository, type PublishOptions, type SimulatedParts } from "./simulator/simulated-repository.ts";
export { SimulatedTufRepository, type DelegationDraft } from "./simulator/tuf-repository.ts";
