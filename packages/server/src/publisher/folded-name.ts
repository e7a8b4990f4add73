export { foldedName } from "@countermark/repository";
