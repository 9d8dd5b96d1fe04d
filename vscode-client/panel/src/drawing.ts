/**
 * The drawing of a graph: boxes that are buttons, arrows of the flow, and gradients as arrows against it.
 *
 * A new graph is drawn anew; a new state only changes what differs, so nothing flickers and the focus stays where it is.
 */
import { setAttributes, setText, svg } from "./elements";
import { bow, layOut, MARGIN, neighbour, smooth, type Box, type Layout } from "./layout";
import { boxSize, canvasMeasure, fit, MARK_WIDTH, PADDING, subtitle, type Measure } from "./measure";
import { NOTHING_YET, OUTPUT, type Edge, type Gradient, type Graph, type Node, type NodeStatus, type State } from "./protocol";
import { Viewport } from "./viewport";
import { count, figures, spoken } from "./words";

/** More labels than this on one picture are noise; the details of a node have them all. */
const MOST_LABELS = 40;
const LABEL_HEIGHT = 14;

const MARKS: Readonly<Record<NodeStatus, string>> = { idle: "", running: "▶", done: "✓", failed: "✕" };

interface BoxParts {
  readonly node: Node;
  readonly place: Box;
  readonly group: SVGGElement;
  /** The button over the box. The words in the box are for eyes; its label says them as sentences. */
  readonly press: SVGRectElement;
  readonly figures: SVGTextElement;
  readonly mark: SVGTextElement;
  readonly progress: SVGRectElement;
  readonly blame: SVGTextElement;
}

export class Drawing {
  private readonly viewport: Viewport;
  private readonly content = svg("g");
  private readonly measure: Measure;
  private layout: Layout | undefined;
  private readonly boxes = new Map<string, BoxParts>();
  private readonly lines = new Map<string, { readonly edge: Edge; readonly title: SVGTitleElement; readonly group: SVGGElement }>();
  private gradients = svg("g");
  private drawnGradients = "";
  private selected: string | null = null;

  /** @param choose A person has chosen a node. */
  constructor(
    private readonly picture: SVGSVGElement,
    private readonly choose: (node: string) => void,
  ) {
    this.measure = canvasMeasure(getComputedStyle(picture).fontFamily);
    picture.append(this.content);
    this.viewport = new Viewport(picture, this.content);
    picture.addEventListener("keydown", (event) => {
      this.key(event);
    });
  }

  drawGraph(graph: Graph): void {
    const withLabels = graph.edges.length <= MOST_LABELS;
    const layout = layOut(
      graph,
      (node) => boxSize(node, this.measure),
      (edge) => (withLabels && edge.label !== "" ? { width: this.measure(edge.label, false), height: LABEL_HEIGHT } : undefined),
    );
    const focused = this.focusedNode();
    this.layout = layout;
    this.boxes.clear();
    this.lines.clear();
    this.drawnGradients = "";
    this.gradients = svg("g", { "aria-hidden": "true" });
    this.content.replaceChildren(
      svg("g", { "aria-hidden": "true" }, ...graph.edges.map((edge) => this.line(edge, layout))),
      // Below the boxes: a gradient that has to pass one passes behind it.
      this.gradients,
      svg("g", {}, ...graph.nodes.flatMap((node) => this.box(node, layout.boxes.get(node.id)) ?? [])),
    );
    setAttributes(this.picture, { "aria-label": `Graph ${graph.graph}, ${count(graph.nodes.length, "node")}` });
    this.makeRoom(layout, 0);
    this.drawState(NOTHING_YET);
    this.select(this.selected);
    if (focused !== undefined) {
      this.boxes.get(focused)?.press.focus();
    }
  }

  drawState(state: State): void {
    for (const [id, parts] of this.boxes) {
      const blame = state.gradients.filter((gradient) => gradient.node === id).length;
      this.showState(parts, state, blame);
    }
    for (const [id, { title, edge }] of this.lines) {
      const sample = state.samples?.[id];
      setText(title, sample === undefined ? edge.label : `${edge.label}: ${sample}`);
    }
    this.drawGradients(state.gradients);
  }

  /** Marks a node and what it is wired to; null marks nothing. */
  select(node: string | null, bringIntoSight = false): void {
    this.selected = node !== null && this.boxes.has(node) ? node : null;
    const tabStop = this.selected ?? this.boxes.keys().next().value;
    for (const [id, { press }] of this.boxes) {
      setAttributes(press, { "aria-pressed": String(id === this.selected), tabindex: id === tabStop ? 0 : -1 });
    }
    for (const { edge, group } of this.lines.values()) {
      group.classList.toggle("near", edge.source === this.selected || edge.target === this.selected);
    }
    const chosen = this.selected === null ? undefined : this.boxes.get(this.selected);
    if (bringIntoSight && chosen !== undefined) {
      this.viewport.reveal(chosen.place);
    }
  }

  fit(): void {
    this.viewport.fit();
  }

  enlarge(): void {
    this.viewport.enlarge();
  }

  shrink(): void {
    this.viewport.shrink();
  }

  private box(node: Node, place: Box | undefined): SVGGElement | undefined {
    if (place === undefined) {
      return undefined;
    }
    const { x, y, width, height } = place;
    const room = width - 2 * PADDING - MARK_WIDTH;
    const isEnd = node.kind === "input" || node.kind === "output";
    const label = svg("text", { class: "label", x: PADDING, y: isEnd ? 17 : 19 }, fit(node.label, room, true, this.measure));
    const detail = svg("text", { class: "detail", x: PADDING, y: isEnd ? 31 : 33 }, fit(subtitle(node), isEnd ? room + MARK_WIDTH : room, false, this.measure));
    const figures = svg("text", { class: "figures", x: PADDING, y: 47 });
    const mark = svg("text", { class: "mark", x: width - PADDING, y: 19, "text-anchor": "end" });
    const progress = svg("rect", { class: "progress", x: 0, y: height - 3, width: 0, height: 3 });
    const blame = svg("text", { class: "blame", x: width - PADDING, y: 34, "text-anchor": "end" });
    const press = svg("rect", { role: "button", class: "press", width, height }, svg("title", {}, node.documentation === "" ? node.label : node.documentation));
    const group = svg(
      "g",
      {
        class: `node ${node.kind}${node.slots.some((slot) => slot.learn) ? " learns" : ""}`,
        transform: `translate(${x - width / 2} ${y - height / 2})`,
        "data-node": node.id,
      },
      svg("rect", { class: "body", width, height, rx: isEnd ? height / 2 : 6 }),
      progress,
      svg("rect", { class: "stripe", x: 0, y: 6, width: 3, height: height - 12 }),
      svg("g", { "aria-hidden": "true" }, label, detail, figures, mark, blame),
      press,
    );
    press.addEventListener("click", () => {
      press.focus();
      this.choose(node.id);
    });
    this.boxes.set(node.id, { node, place, group, press, figures, mark, progress, blame });
    return group;
  }

  private showState({ node, place, group, press, figures: numbers, mark, progress, blame }: BoxParts, state: State, blamed: number): void {
    const own = state.nodes?.[node.id];
    setText(numbers, node.kind === "output" || node.kind === "input" ? "" : figures(own));
    setText(mark, MARKS[own?.status ?? "idle"]);
    setText(blame, blamed === 0 ? "" : `↑ ${blamed}`);
    const running = own?.status === "running" && own.total > 0;
    setAttributes(progress, { width: running ? (place.width * Math.min(own.done, own.total)) / own.total : 0 });
    setAttributes(group, { "data-status": own?.status ?? "idle", "data-blamed": blamed > 0 });
    setAttributes(press, { "aria-label": spoken(node, own, blamed) });
  }

  private line(edge: Edge, layout: Layout): SVGGElement {
    const place = layout.labels.get(edge.id);
    const title = svg("title", {}, edge.label);
    const label =
      place && svg("text", { class: "edge-label", x: place.x, y: place.y + 4, "text-anchor": "middle" }, edge.label);
    const path = smooth(layout.lines.get(edge.id) ?? []);
    const group = svg(
      "g",
      { class: edge.condition ? "edge condition" : "edge" },
      svg("path", { class: "hit", d: path }),
      svg("path", { class: "line", d: path, "marker-end": "url(#arrow)" }),
      label,
      title,
    );
    this.lines.set(edge.id, { edge, title, group });
    return group;
  }

  /** One arrow for all gradients between two nodes. */
  private drawGradients(gradients: readonly Gradient[]): void {
    const pairs = new Map<string, { from: string; to: string; verified: boolean; critiques: string[] }>();
    for (const { node, downstream, verified, critique } of gradients) {
      const from = downstream ?? OUTPUT;
      const key = JSON.stringify([from, node]);
      const pair = pairs.get(key) ?? { from, to: node, verified: false, critiques: [] };
      pair.verified ||= verified;
      pair.critiques.push(critique);
      pairs.set(key, pair);
    }
    const drawn = JSON.stringify([...pairs.values()]);
    if (drawn === this.drawnGradients) {
      return;
    }
    this.drawnGradients = drawn;
    const { layout } = this;
    if (layout === undefined) {
      return;
    }
    const bows = [...pairs.values()].flatMap(({ from, to, verified, critiques }) => {
      const start = layout.boxes.get(from);
      const end = layout.boxes.get(to);
      return start === undefined || end === undefined ? [] : [{ verified, critiques, ...bow(start, end, layout.boxes.values()) }];
    });
    this.gradients.replaceChildren(...bows.map(({ path, verified, critiques }) => gradient(path, verified, critiques)));
    this.makeRoom(layout, Math.max(0, ...bows.map(({ x }) => x)));
  }

  /** Tells the view how large the drawing is, with the gradients, which may go beyond the boxes. */
  private makeRoom(layout: Layout, gradients: number): void {
    const [first] = layout.boxes.values();
    this.viewport.resize(Math.max(layout.width, gradients + MARGIN), layout.height, first ?? { x: 0, y: 0 });
  }

  private key(event: KeyboardEvent): void {
    const node = this.focusedNode();
    const direction = DIRECTIONS[event.key];
    if (direction !== undefined && node !== undefined && this.layout !== undefined) {
      const next = neighbour(this.layout.boxes, node, direction);
      if (next !== undefined) {
        this.focus(next);
      }
    } else if ((event.key === "Enter" || event.key === " ") && node !== undefined) {
      this.choose(node);
    } else if (event.key === "Home" || event.key === "End") {
      this.focus([...this.boxes.keys()].at(event.key === "Home" ? 0 : -1));
    } else if (event.key === "+" || event.key === "=") {
      this.enlarge();
    } else if (event.key === "-") {
      this.shrink();
    } else if (event.key === "0") {
      this.fit();
    } else {
      return;
    }
    event.preventDefault();
  }

  private focus(node: string | undefined): void {
    const parts = node === undefined ? undefined : this.boxes.get(node);
    if (parts === undefined) {
      return;
    }
    for (const [id, { press }] of this.boxes) {
      setAttributes(press, { tabindex: id === node ? 0 : -1 });
    }
    parts.press.focus();
    this.viewport.reveal(parts.place);
  }

  private focusedNode(): string | undefined {
    const focused = document.activeElement;
    return focused !== null && this.content.contains(focused) ? (focused.closest("[data-node]")?.getAttribute("data-node") ?? undefined) : undefined;
  }
}

const DIRECTIONS: Readonly<Record<string, "up" | "down" | "left" | "right">> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

function gradient(path: string, verified: boolean, critiques: readonly string[]): SVGGElement {
  return svg(
    "g",
    { class: verified ? "gradient verified" : "gradient" },
    svg("path", { d: path, "marker-end": "url(#gradient-arrow)" }),
    svg("title", {}, critiques.join("\n")),
  );
}
