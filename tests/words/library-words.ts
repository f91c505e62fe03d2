/** Words of the schema library, of the JSON parser and of the language, which no person should have to read. */
export const libraryWords =
  /Invalid (input|string|key|element|value|option)|expected (string|number|boolean|array|object|record|int|date|null|one)|, received|Too (big|small)|Unrecognized key|nonoptional|in JSON at position|Unexpected (token|end|string|number)|is not valid JSON|\bzod\b|undefined|\[object |TypeError/i;
