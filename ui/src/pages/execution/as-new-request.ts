// Only fields of the request itself are indented by two spaces, and text in JSON has no line breaks.
const correlationId = /^ {2}"correlation_id": (?:null|"(?:[^"\\]|\\.)*")(,?)\n/m;
const commaBefore = /,(\n {2}"correlation_id": [^\n]*[^,\n]\n\})/;

/**
 * The request of an execution as another one: without its correlation id, with which an agent takes it for the same one again.
 * @param request as `indentJson` wrote it
 */
export function asNewRequest(request: string): string {
  return request.replace(commaBefore, '$1').replace(correlationId, '');
}
