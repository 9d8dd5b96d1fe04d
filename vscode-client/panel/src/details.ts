/** What is known of the chosen node, in words: what it does, what it cost, what went through it, who blames it, and the rewrite that is offered. */
import { diffWordsWithSpace } from "diff";
import { button, html } from "./elements";
import type { Edge, Failure, Gradient, Graph, Node, NodeState, Slot, State, Values } from "./protocol";
import { count, dollars, duration, effect, percent, verdict } from "./words";

export interface Actions {
  reveal(node: string, section?: string): void;
  choose(node: string): void;
}

/** The details of a node. `actions.reveal` is only offered where the graph says that there is an editor. */
export function details(node: Node, graph: Graph, state: State, actions: Actions): readonly HTMLElement[] {
  const own = state.nodes?.[node.id];
  const gradients = state.gradients.filter((gradient) => gradient.node === node.id);
  return [
    heading(node, graph, actions),
    node.documentation === "" ? undefined : html("p", { class: "documentation" }, node.documentation),
    facts(node, own),
    own === undefined || own.problem === "" ? undefined : html("p", { class: "problem" }, own.problem),
    ...gradients.map((gradient) => blame(gradient, node, graph, actions)),
    wiring(node, graph, state, actions),
    ...node.slots.map((slot) => section(slot, graph.can_reveal ? () => { actions.reveal(node.id, slot.section); } : undefined)),
    values("What a call got and gave", own?.sample ?? null),
    failing(own?.failure ?? null),
  ].filter((part) => part !== undefined);
}

function heading(node: Node, graph: Graph, actions: Actions): HTMLElement {
  const source = graph.can_reveal ? button("Show in editor", { class: "quiet" }, () => { actions.reveal(node.id); }) : undefined;
  return html("div", { class: "heading" }, html("h2", {}, node.label), source);
}

function facts(node: Node, state: NodeState | undefined): HTMLElement {
  const lines: [string, string][] = [["Kind", [node.kind, node.detail].filter((part) => part !== "").join(" · ")]];
  if (state?.score != null) {
    lines.push(["Score", `${percent(state.score)} on ${count(state.rows, "row")}`]);
  }
  if (state?.usd != null) {
    lines.push(["Cost", `${dollars(state.usd)} per call`]);
  }
  if (state?.seconds != null) {
    lines.push(["Time", `${duration(state.seconds)} per call`]);
  }
  if (state !== undefined && state.total > 0) {
    lines.push(["This job", `${state.done} of ${state.total}`]);
  }
  return list(lines);
}

function blame(gradient: Gradient, node: Node, graph: Graph, actions: Actions): HTMLElement {
  const sectionName = gradient.slot.split("/").at(-1) ?? "";
  const slot = node.slots.find(({ id }) => id === gradient.slot);
  const label = graph.nodes.find(({ id }) => id === gradient.downstream)?.label;
  const where = label === undefined ? `In ${sectionName}` : `In ${sectionName}, shows at ${label}`;
  return html(
    "section",
    { class: gradient.outdated ? "blame-card outdated" : "blame-card" },
    html("h3", {}, where),
    html("p", {}, gradient.critique),
    gradient.quote === "" ? undefined : html("blockquote", {}, gradient.quote),
    html("p", { class: "small" }, verdict(gradient)),
    graph.can_reveal ? button("Show the words", { class: "quiet" }, () => { actions.reveal(node.id, sectionName); }) : undefined,
    gradient.suggestion === null ? undefined : html("h4", {}, `Suggested rewrite: ${effect(gradient.suggestion)}`),
    gradient.suggestion === null ? undefined : change(slot?.text ?? "", gradient.suggestion.text),
  );
}

/** Before and after in one text, word by word. */
function change(before: string, after: string): HTMLElement {
  const parts = diffWordsWithSpace(before.trim(), after.trim()).map(({ value, added, removed }) =>
    added ? html("ins", {}, value) : removed ? html("del", {}, value) : value,
  );
  return html("pre", { class: "change", tabindex: 0, role: "group", "aria-label": "The text before and after" }, ...parts);
}

function wiring(node: Node, graph: Graph, state: State, actions: Actions): HTMLElement | undefined {
  const incoming = graph.edges.filter((edge) => edge.target === node.id);
  const outgoing = graph.edges.filter((edge) => edge.source === node.id);
  if (incoming.length + outgoing.length === 0) {
    return undefined;
  }
  const item = (edge: Edge, other: string, words: string): HTMLElement => {
    const label = graph.nodes.find(({ id }) => id === other)?.label ?? other;
    const sample = state.samples?.[edge.id];
    const shown = sample === undefined ? undefined : html("span", { class: "sample" }, sample);
    return html("li", {}, `${words} `, button(label, { class: "link" }, () => { actions.choose(other); }), edge.condition ? " (condition)" : undefined, shown);
  };
  return html(
    "section",
    {},
    html("h3", {}, "Wired to"),
    html(
      "ul",
      { class: "wiring" },
      ...incoming.map((edge) => item(edge, edge.source, `${edge.label} from`)),
      ...outgoing.map((edge) => item(edge, edge.target, `${edge.label} to`)),
    ),
  );
}

function section(slot: Slot, reveal: (() => void) | undefined): HTMLElement {
  const title = `${slot.section}${slot.learn ? " (learned)" : ""}, about ${count(slot.tokens, "token")}`;
  return html(
    "section",
    {},
    html("div", { class: "heading" }, html("h3", {}, title), reveal === undefined ? undefined : button("Show", { class: "quiet", "aria-label": `Show ${slot.section} in the editor` }, reveal)),
    html("pre", { tabindex: 0, role: "group", "aria-label": `Text of ${slot.section}` }, slot.text),
  );
}

function values(title: string, shown: Values | null): HTMLElement | undefined {
  return shown === null || Object.keys(shown).length === 0
    ? undefined
    : html("section", {}, html("h3", {}, title), list(Object.entries(shown)));
}

function failing(failure: Failure | null): HTMLElement | undefined {
  return failure === null
    ? undefined
    : html(
        "section",
        {},
        html("h3", {}, `Failing row ${failure.row}: ${percent(failure.score)}`),
        list([...Object.entries(failure.inputs), ...Object.entries(failure.outputs)]),
      );
}

function list(lines: readonly (readonly [string, string])[]): HTMLElement {
  return html("dl", {}, ...lines.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]));
}
