/** The top of the page: which graph this is, what can be done with it, and what its job does. */
import { button, byId, html, setAttributes, setText } from "./elements";
import type { CommandName, Graph, Job } from "./protocol";
import { jobLine } from "./words";

const TITLES: Readonly<Record<CommandName, string>> = { run: "Run", evaluate: "Evaluate", optimize: "Optimize", stop: "Stop" };

export class Header {
  private readonly title = byId("title");
  private readonly file = byId("file");
  private readonly graphs = byId("graphs");
  private readonly commands = byId("commands");
  private readonly line = byId("job");
  private readonly bar = byId("progress");
  private readonly announcer = byId("announcer");
  private commandNames: readonly CommandName[] = [];
  private active = false;
  private shownGraphs = "";
  private shownCommands = "";

  /**
   * @param command A person wants a command done.
   * @param show A person wants to see another graph of the file.
   */
  constructor(
    private readonly command: (name: CommandName) => void,
    private readonly show: (graph: string) => void,
  ) {}

  showGraph(graph: Graph): void {
    setText(this.title, graph.graph);
    setText(this.file, graph.file);
    this.offerGraphs(graph);
    this.commandNames = graph.commands;
    this.offerCommands();
  }

  showJob(job: Job | null): void {
    setText(this.line, job === null ? "" : jobLine(job));
    this.active = job?.active === true;
    this.bar.hidden = !this.active;
    setAttributes(this.bar, { value: job?.percentage ?? 0 });
    // Spoken when a job begins and ends, not at every step.
    setText(this.announcer, job === null ? "" : `${TITLES[job.task as CommandName]} ${job.active ? "is running" : job.phase}`);
    this.offerCommands();
  }

  private offerGraphs({ graphs, graph }: Graph): void {
    const wanted = JSON.stringify([graphs, graph]);
    if (wanted === this.shownGraphs) {
      return;
    }
    this.shownGraphs = wanted;
    if (graphs.length < 2) {
      this.graphs.replaceChildren();
      return;
    }
    const choice = html("select", { "aria-label": "Graph" }, ...graphs.map((name) => html("option", { value: name, selected: name === graph }, name)));
    choice.addEventListener("change", () => {
      this.show(choice.value);
    });
    this.graphs.replaceChildren(choice);
  }

  /** While a job runs all that can be done is to stop it, as with the lenses. */
  private offerCommands(): void {
    const commands = this.commandNames.filter((name) => (name === "stop") === this.active);
    const wanted = commands.join();
    if (wanted === this.shownCommands) {
      return;
    }
    this.shownCommands = wanted;
    const focused = document.activeElement;
    const hadFocus = focused !== null && this.commands.contains(focused);
    this.commands.replaceChildren(
      ...commands.map((name) => button(TITLES[name], { }, () => { this.command(name); })),
    );
    if (hadFocus) {
      this.commands.querySelector("button")?.focus();
    }
  }
}
