/** JSON as this package reads it: objects are maps, so that no name is special; numbers are safe integers. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** The members of a JSON object, in the order in which they were read. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
