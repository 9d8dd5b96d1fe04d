import { describe, expect, it } from "vitest";
import { pairsIn } from "../../src/testing/pairs";

describe("what can be tested in a file", () => {
  it("is each graph with the dataset that it is optimised on", () => {
    const text = "graph qa(q: text) -> a\r\noptimize qa on questions\r\n  maximize f1\noptimize  other\ton more # why\n";
    expect(pairsIn(text)).toEqual([
      { graph: "qa", dataset: "questions", line: 1 },
      { graph: "other", dataset: "more", line: 3 },
    ]);
  });

  it("is never a line of a text, nor half a declaration", () => {
    expect(pairsIn("  optimize qa on questions\n    optimize qa on questions\noptimize qa\noptimize qa on\n# optimize qa on questions")).toEqual([]);
  });
});
