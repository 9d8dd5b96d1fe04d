/** Joins the parts: what the server says goes to the header, the drawing and the details; what a person chooses goes back. */
import { chart } from "./chart";
import { connect } from "./connection";
import { details, type Actions } from "./details";
import { Drawing } from "./drawing";
import { byId, html, setText, svg } from "./elements";
import { Header } from "./header";
import { NOTHING_YET, PROTOCOL_VERSION, type Graph, type State } from "./protocol";

const connection = connect();
const notice = byId("notice");
const aside = byId("details");
const historyPart = byId("history");

let graph: Graph | undefined;
let state: State = NOTHING_YET;
let selected: string | null = null;
/** What the aside shows; it is only made anew when that differs, so that a person can select text and open tables in it. */
let shownDetails = "";
let shownHistory = "";

const drawing = new Drawing(document.querySelector<SVGSVGElement>("svg#picture") ?? svg("svg"), (node) => {
  choose(node);
  reveal(node);
});
const header = new Header(
  (command) => void connection.command(command).catch(complain),
  (name) => { connection.show(name); },
);
const actions: Actions = { reveal, choose };

byId("fit").addEventListener("click", () => { drawing.fit(); });
byId("enlarge").addEventListener("click", () => { drawing.enlarge(); });
byId("shrink").addEventListener("click", () => { drawing.shrink(); });

connection.listen({
  graph: (next) => {
    if (next.protocol !== PROTOCOL_VERSION) {
      say("This page and its server are of different versions. Reload the page, or update the extension.");
      return;
    }
    const shape = (of: Graph | undefined): string => JSON.stringify([of?.graph, of?.nodes.map(withoutText), of?.edges]);
    const redraw = shape(graph) !== shape(next);
    graph = next;
    document.title = `${next.graph} · ${next.file}`;
    header.showGraph(next);
    say(next.stale ? "The file has mistakes just now: this is the graph from before." : "");
    if (redraw) {
      drawing.drawGraph(next);
      drawing.select(selected);
    }
    drawing.drawState(state);
    showDetails();
  },
  state: (next) => {
    state = next;
    header.showJob(next.job);
    drawing.drawState(next);
    showDetails();
    showHistory();
  },
  selection: (node) => {
    if (node !== selected) {
      selected = node;
      drawing.select(node, true);
      showDetails();
    }
  },
  gone: (message) => { say(message); },
  connected: (connected) => {
    if (!connected) {
      say("The server cannot be heard just now. The page goes on as soon as it is back.");
    } else if (graph?.stale !== true) {
      say("");
    }
  },
});

function choose(node: string): void {
  selected = node;
  drawing.select(node, true);
  showDetails();
}

function reveal(node: string, section?: string): void {
  if (graph?.can_reveal === true) {
    connection.reveal(node, section).catch(complain);
  }
}

function showDetails(): void {
  const node = graph?.nodes.find(({ id }) => id === selected);
  const wanted = node === undefined ? "" : JSON.stringify([node, graph?.edges, graph?.can_reveal, state.nodes?.[node.id], state.samples, state.gradients]);
  if (wanted === shownDetails && aside.childElementCount > 0) {
    return;
  }
  shownDetails = wanted;
  aside.replaceChildren(
    ...(graph === undefined || node === undefined
      ? [html("p", { class: "hint" }, "Choose a node to see its texts, its figures and what is wrong with it.")]
      : details(node, graph, state, actions)),
  );
}

function showHistory(): void {
  const wanted = JSON.stringify(state.history);
  if (wanted !== shownHistory) {
    shownHistory = wanted;
    historyPart.replaceChildren(...(state.history.length === 0 ? [] : [html("h2", {}, "Score"), chart(state.history)]));
  }
}

/** The part of a node that the picture depends on: an edit of a text alone redraws nothing. */
function withoutText({ id, label, kind, detail, documentation, inputs, outputs, slots }: Graph["nodes"][number]): unknown {
  return [id, label, kind, detail, documentation, inputs, outputs, slots.some((slot) => slot.learn)];
}

function say(message: string): void {
  setText(notice, message);
  notice.hidden = message === "";
}

function complain(error: unknown): void {
  say(error instanceof Error ? error.message : String(error));
}
