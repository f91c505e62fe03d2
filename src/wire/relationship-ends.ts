/** The fields by which common graph formats name the two nodes of a relationship; the first pair that it has counts. */
export const relationshipEnds = [
  ['source', 'target'],
  ['start', 'end'],
  ['from', 'to'],
  ['startNode', 'endNode'],
  ['start_node', 'end_node'],
  ['source_id', 'target_id'],
  ['start_id', 'end_id'],
] as const;
