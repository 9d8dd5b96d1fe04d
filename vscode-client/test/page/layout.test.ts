import { describe, expect, it } from "vitest";
import { bow, layOut, neighbour, smooth, type Box } from "../../panel/src/layout";
import type { Edge, Node } from "../../panel/src/protocol";

function node(id: string): Node {
  return { id, label: id, kind: "llm", detail: "", documentation: "", inputs: [], outputs: [], slots: [] };
}

function edge(source: string, target: string, id = `${source}-${target}`): Edge {
  return { id, source, target, label: "text", condition: false };
}

const SIZE = { width: 100, height: 40 };

describe("the layout of a graph", () => {
  const { boxes, lines, width, height } = layOut(
    { nodes: ["a", "b", "c", "d"].map(node), edges: [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d"), edge("a", "b", "again")] },
    () => SIZE,
  );

  it("stands every box below all that feed it", () => {
    const y = (id: string) => boxes.get(id)?.y ?? Number.NaN;
    expect(y("a")).toBeLessThan(y("b"));
    expect(y("b")).toBeLessThan(y("d"));
    expect(y("c")).toBeLessThan(y("d"));
  });

  it("lets no two boxes overlap, and keeps them inside the drawing", () => {
    const all = [...boxes.values()];
    for (const [index, box] of all.entries()) {
      expect(box.x - SIZE.width / 2).toBeGreaterThanOrEqual(0);
      expect(box.x + SIZE.width / 2).toBeLessThanOrEqual(width);
      expect(box.y + SIZE.height / 2).toBeLessThanOrEqual(height);
      for (const other of all.slice(index + 1)) {
        expect(Math.abs(box.x - other.x) >= SIZE.width || Math.abs(box.y - other.y) >= SIZE.height).toBe(true);
      }
    }
  });

  it("draws parallel edges apart", () => {
    expect(lines.get("again")).not.toEqual(lines.get("a-b"));
  });

  it("gives labels a place beside their line, off every box", () => {
    const labelled = layOut(
      { nodes: ["a", "b", "c"].map(node), edges: [edge("a", "b"), edge("b", "c"), edge("a", "c")] },
      () => SIZE,
      ({ id }) => (id === "b-c" ? undefined : { width: 80, height: 14 }),
    );
    expect([...labelled.labels.keys()]).toEqual(["a-b", "a-c"]);
    for (const label of labelled.labels.values()) {
      for (const box of labelled.boxes.values()) {
        expect(Math.abs(label.x - box.x) >= 40 + SIZE.width / 2 || Math.abs(label.y - box.y) >= 7 + SIZE.height / 2).toBe(true);
      }
    }
  });

  it("leaves out edges whose ends it does not know, and does without nodes", () => {
    expect(layOut({ nodes: [node("a")], edges: [edge("a", "nowhere")] }, () => SIZE).lines.size).toBe(0);
    expect(layOut({ nodes: [], edges: [] }, () => SIZE).boxes.size).toBe(0);
  });
});

describe("lines", () => {
  it("begin and end at their ends", () => {
    expect(smooth([{ x: 0, y: 0 }, { x: 5, y: 10 }, { x: 5, y: 20 }])).toBe("M0,0 Q5,10 5,20");
    expect(smooth([{ x: 0, y: 0 }, { x: 5, y: 10 }])).toBe("M0,0 L5,10");
    expect(smooth([])).toBe("");
  });

  it("bow around the flow from the failure up to the blamed node", () => {
    const blamed: Box = { x: 50, y: 20, width: 100, height: 40 };
    const failing: Box = { x: 50, y: 220, width: 60, height: 40 };
    const beside: Box = { x: 150, y: 120, width: 100, height: 40 };
    const below: Box = { x: 500, y: 320, width: 100, height: 40 };
    const { path, x } = bow(failing, blamed, [blamed, beside, failing, below]);
    expect(path).toMatch(/^M80,220 /);
    expect(path).toMatch(/ 102,30$/);
    expect(x).toBeGreaterThan(200);
    expect(x).toBeLessThan(450);
    expect(path).toContain(`L${x.toFixed(1)},`);
  });

  it("bow further out the longer they are, so that each can be followed", () => {
    const at = (y: number): Box => ({ x: 50, y, ...SIZE });
    const boxes = [at(0), at(100), at(200)];
    expect(bow(at(200), at(0), boxes).x).toBeGreaterThan(bow(at(200), at(100), boxes).x);
  });
});

describe("walking by arrow keys", () => {
  const boxes = new Map<string, Box>([
    ["top", { x: 100, y: 0, ...SIZE }],
    ["left", { x: 40, y: 100, ...SIZE }],
    ["right", { x: 180, y: 100, ...SIZE }],
    ["bottom", { x: 100, y: 200, ...SIZE }],
  ]);

  it("goes to the nearest box in the direction", () => {
    expect(neighbour(boxes, "top", "down")).toBe("left");
    expect(neighbour(boxes, "left", "right")).toBe("right");
    expect(neighbour(boxes, "right", "up")).toBe("top");
  });

  it("stays where there is nothing", () => {
    expect(neighbour(boxes, "top", "up")).toBeUndefined();
    expect(neighbour(boxes, "top", "left")).toBeUndefined();
    expect(neighbour(boxes, "missing", "up")).toBeUndefined();
  });
});
