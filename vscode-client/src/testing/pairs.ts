/** Finds what can be tested in a file. The heads of declarations stand in column 0, so lines are enough; the server judges the rest. */

/** A graph with the dataset that it is measured on. */
export interface Pair {
  readonly graph: string;
  readonly dataset: string;
  /** From 0. */
  readonly line: number;
}

/** The pairs that the file's `optimize` declarations name, in order. */
export function pairsIn(text: string): readonly Pair[] {
  return text.split(/\r?\n/).flatMap((content, line) => {
    const [, graph, dataset] = /^optimize[ \t]+(\w+)[ \t]+on[ \t]+(\w+)/.exec(content) ?? [];
    return graph === undefined || dataset === undefined ? [] : [{ graph, dataset, line }];
  });
}
