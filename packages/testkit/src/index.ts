export { SimulatedCountermark, type SimulatedKeys } from "./simulator/countermark-repository.ts";
export { SimulatedRepository, type PublishOptions, type SimulatedParts } from "./simulator/simulated-repository.ts";
