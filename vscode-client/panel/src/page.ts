/** The whole page: what the server says goes to the header, the drawing and the details; what a person chooses goes back. */
import { chart } from "./chart";
import type { Connection, Listener } from "./connection";
import { details, type Actions } from "./details";
import { Drawing } from "./drawing";
import { byId, html, setText, svg } from "./elements";
import { Header } from "./header";
import { NOTHING_YET, PROTOCOL_VERSION, type Graph, type State } from "./protocol";

export class Page implements Listener, Actions {
  private readonly notice = byId("notice");
  private readonly details = byId("details");
  private readonly history = byId("history");
  private readonly drawing: Drawing;
  private readonly header: Header;
  private shownGraph: Graph | undefined;
  private shownState: State = NOTHING_YET;
  private selected: string | null = null;
  /** What the details and the history show; they are only made anew when that differs, so that a person can select text in them. */
  private shownDetails: string | undefined;
  private shownHistory = "";

  constructor(private readonly connection: Connection) {
    const picture = document.querySelector<SVGSVGElement>("svg#picture") ?? svg("svg");
    this.drawing = new Drawing(picture, (node) => {
      this.choose(node);
      this.reveal(node);
    });
    this.header = new Header(
      (command) => void connection.command(command).catch(this.complain),
      (name) => {
        connection.show(name);
      },
    );
    for (const size of ["fit", "enlarge", "shrink"] as const) {
      byId(size).addEventListener("click", () => {
        this.drawing[size]();
      });
    }
  }

  graph(next: Graph): void {
    if (next.protocol !== PROTOCOL_VERSION) {
      this.say("This page and its server are of different versions. Reload the page, or update the extension.");
      return;
    }
    const redraw = shapeOf(this.shownGraph) !== shapeOf(next);
    this.shownGraph = next;
    document.title = `${next.graph} · ${next.file}`;
    this.header.showGraph(next);
    this.say(next.stale ? "The file has mistakes just now: this is the graph from before." : "");
    if (redraw) {
      this.drawing.drawGraph(next);
      this.drawing.select(this.selected);
    }
    this.drawing.drawState(this.shownState);
    this.showDetails();
  }

  state(next: State): void {
    this.shownState = next;
    this.header.showJob(next.job);
    this.drawing.drawState(next);
    this.showDetails();
    this.showHistory(next);
  }

  selection(node: string | null): void {
    if (node !== this.selected) {
      this.choose(node);
    }
  }

  gone(message: string): void {
    this.say(message);
  }

  connected(connected: boolean): void {
    if (!connected) {
      this.say("The server cannot be heard just now. The page goes on as soon as it is back.");
    } else if (this.shownGraph?.stale !== true) {
      this.say("");
    }
  }

  choose(node: string | null): void {
    const another = node !== this.selected;
    this.selected = node;
    this.drawing.select(node, true);
    this.showDetails();
    if (another) {
      this.details.parentElement?.scrollTo(0, 0);
    }
  }

  reveal(node: string, section?: string): void {
    if (this.shownGraph?.can_reveal === true) {
      this.connection.reveal(node, section).catch(this.complain);
    }
  }

  private showDetails(): void {
    const { shownGraph: graph, shownState: state } = this;
    const node = graph?.nodes.find(({ id }) => id === this.selected);
    const wanted = node === undefined ? "" : JSON.stringify([node, graph?.edges, graph?.can_reveal, state.nodes?.[node.id], state.samples, state.gradients]);
    if (wanted === this.shownDetails) {
      return;
    }
    this.shownDetails = wanted;
    this.details.replaceChildren(
      ...(graph === undefined || node === undefined
        ? [html("p", { class: "hint" }, "Choose a node to see its texts, its figures and what is wrong with it.")]
        : details(node, graph, state, this)),
    );
  }

  private showHistory({ history }: State): void {
    const wanted = JSON.stringify(history);
    if (wanted !== this.shownHistory) {
      this.shownHistory = wanted;
      this.history.replaceChildren(...(history.length === 0 ? [] : [html("h2", {}, "Score"), chart(history)]));
    }
  }

  private say(message: string): void {
    setText(this.notice, message);
    this.notice.hidden = message === "";
  }

  private readonly complain = (error: unknown): void => {
    this.say(error instanceof Error ? error.message : String(error));
  };
}

/** The part of a graph that the picture depends on: an edit of a text alone redraws nothing. */
function shapeOf(graph: Graph | undefined): string {
  return JSON.stringify([
    graph?.graph,
    graph?.nodes.map((node) => ({ ...node, slots: node.slots.some((slot) => slot.learn) })),
    graph?.edges,
  ]);
}
