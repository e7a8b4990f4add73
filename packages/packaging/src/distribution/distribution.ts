import type { CoreMetadata } from "../metadata/parse.ts";

/** What a file is, by its own content. */
export interface Distribution {
  readonly filename: string;
  readonly kind: "wheel" | "sdist";
  /** Normalised (PEP 503). */
  readonly project: string;
  /** Normalised (PEP 440). */
  readonly version: string;
  readonly metadata: CoreMetadata;
  /** METADATA of a wheel or PKG-INFO of an sdist, byte for byte. */
  readonly metadataBytes: Uint8Array;
  readonly requiresPython?: string;
}
