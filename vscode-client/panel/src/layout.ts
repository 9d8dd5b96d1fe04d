/**
 * Where things stand: boxes in layers from the graph's inputs down to its output, by dagre. A pure function of the graph and of the sizes
 * of its boxes.
 */
import * as dagre from "@dagrejs/dagre";
import type { Edge, Graph, Node } from "./protocol";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** By id of a node; `x` and `y` are the middle. */
  readonly boxes: ReadonlyMap<string, Box>;
  /** By id of an edge: the points that its line passes. */
  readonly lines: ReadonlyMap<string, readonly Point[]>;
  /** By id of an edge with a label: its middle. */
  readonly labels: ReadonlyMap<string, Point>;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Around the drawing. */
export const MARGIN = 16;
const LAYER_GAP = 32;
const NODE_GAP = 32;
const EDGE_GAP = 12;
const LABEL_GAP = 5;
/** Half the time of dagre's default on graphs of hundreds of nodes, for arrows of about the same length. */
const RANKER = "tight-tree";

export function layOut(
  { nodes, edges }: Pick<Graph, "nodes" | "edges">,
  sizeOf: (node: Node) => Size,
  labelSizeOf: (edge: Edge) => Size | undefined = () => undefined,
): Layout {
  const graph = new dagre.graphlib.Graph({ directed: true, multigraph: true });
  graph.setGraph({ rankdir: "TB", marginx: MARGIN, marginy: MARGIN, ranksep: LAYER_GAP, nodesep: NODE_GAP, edgesep: EDGE_GAP, ranker: RANKER });
  const known = new Set(nodes.map((node) => node.id));
  for (const node of nodes) {
    graph.setNode(node.id, { ...sizeOf(node) });
  }
  const drawn = edges.filter((edge) => known.has(edge.source) && known.has(edge.target));
  for (const edge of drawn) {
    graph.setEdge(edge.source, edge.target, { labelpos: "r", labeloffset: LABEL_GAP, ...labelSizeOf(edge) }, edge.id);
  }
  dagre.layout(graph);
  const { width, height } = graph.graph() as { width: number; height: number };
  return {
    width: Math.max(width, 2 * MARGIN),
    height: Math.max(height, 2 * MARGIN),
    boxes: new Map(nodes.map((node) => [node.id, boxOf(graph.node(node.id) as Box)])),
    lines: new Map(drawn.map((edge) => [edge.id, placed(graph, edge).points])),
    labels: new Map(drawn.flatMap((edge) => labelPlace(edge.id, placed(graph, edge)))),
  };
}

function boxOf({ x, y, width, height }: Box): Box {
  return { x, y, width, height };
}

interface Placed {
  readonly points: readonly Point[];
  /** Where its label stands, if it has one. */
  readonly x?: number;
  readonly y?: number;
}

function placed(graph: dagre.graphlib.Graph, edge: Edge): Placed {
  return graph.edge({ v: edge.source, w: edge.target, name: edge.id }) as Placed;
}

function labelPlace(id: string, { x, y }: Placed): readonly (readonly [string, Point])[] {
  return x === undefined || y === undefined ? [] : [[id, { x, y }]];
}

/** The path of a line through its points, with the corners rounded. */
export function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) {
    return "";
  }
  const last = rest.at(-1) ?? first;
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? last;
    const end = index === rest.length - 2 ? last : middle(point, next);
    return `Q${at(point)} ${at(end)}`;
  });
  return [`M${at(first)}`, ...(bends.length > 0 ? bends : [`L${at(last)}`])].join(" ");
}

/**
 * The path of a gradient: from the box where the failure shows up to the box that is blamed, in a bow to the right of all boxes on its way,
 * the longer the further out. A node that is blamed for its own output gets a loop.
 */
export function bow(from: Box, to: Box, boxes: Iterable<Box>): Bow {
  const top = Math.min(from.y, to.y);
  const bottom = Math.max(from.y, to.y);
  const passed = [...boxes].filter((box) => box.y >= top && box.y <= bottom);
  const x = Math.max(right(from), right(to), ...passed.map(right)) + BOW_GAP + Math.min(40, (bottom - top) / 12);
  const start = { x: right(from), y: from.y - (from === to ? from.height / 4 : 0) };
  const end = { x: right(to) + 2, y: to.y + to.height / 4 };
  // A corner as round as there is room for; the line between the corners is straight.
  const bend = Math.min(BOW_BEND, Math.abs(start.y - end.y) / 2);
  const turn = Math.sign(end.y - start.y) || -1;
  const path = [
    `M${at(start)}`,
    `C${at({ x, y: start.y })} ${at({ x, y: start.y })} ${at({ x, y: start.y + turn * bend })}`,
    `L${at({ x, y: end.y - turn * bend })}`,
    `C${at({ x, y: end.y })} ${at({ x, y: end.y })} ${at(end)}`,
  ].join(" ");
  return { path, x };
}

/** The path of a gradient, and how far to the right it goes. */
export interface Bow {
  readonly path: string;
  readonly x: number;
}

const BOW_GAP = 14;
const BOW_BEND = 28;

/** The box next to one in a direction, for those who walk by arrow keys: the nearest in the nearest layer, or the nearest beside it. */
export function neighbour(boxes: ReadonlyMap<string, Box>, from: string, direction: "up" | "down" | "left" | "right"): string | undefined {
  const start = boxes.get(from);
  if (start === undefined) {
    return undefined;
  }
  const vertical = direction === "up" || direction === "down";
  const sign = direction === "up" || direction === "left" ? -1 : 1;
  let best: { id: string; along: number; across: number } | undefined;
  for (const [id, box] of boxes) {
    const along = sign * (vertical ? box.y - start.y : box.x - start.x);
    const across = Math.abs(vertical ? box.x - start.x : box.y - start.y);
    if (id !== from && along > 1 && (vertical || across < start.height)) {
      if (best === undefined || along < best.along || (along === best.along && across < best.across)) {
        best = { id, along, across };
      }
    }
  }
  return best?.id;
}

function right(box: Box): number {
  return box.x + box.width / 2;
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function at({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
