"use strict";
// What a code has printed may stand in a reason: everything is put in as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const EVERY = 2000; // milliseconds
const at = (id) => document.getElementById(id);
const known = (value) => value !== null && value !== undefined;
const figure = (value) => (known(value) ? Number(value.toPrecision(5)).toString() : "-");
const percent = (value) => (known(value) ? (100 * value).toFixed(1) + " %" : "-");

function duration(seconds) {
  if (!known(seconds)) return "-";
  const minutes = Math.floor(Math.round(seconds) / 60);
  const rest = String(Math.round(seconds) % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function element(name, content) {
  const made = document.createElement(name);
  if (content instanceof Node) made.append(content);
  else made.textContent = known(content) ? content : "";
  return made;
}

function table(id, heads, rows) {
  const head = element("tr");
  head.append(...heads.map((text) => element("th", text)));
  const body = rows.map((cells) => {
    const row = element("tr");
    row.append(...cells.map((cell) => element("td", cell)));
    return row;
  });
  at(id).replaceChildren(head, ...body);
  at(id).parentElement.hidden = rows.length === 0;
}

function bar(now, goal) {
  const made = document.createElement("progress");
  made.max = goal;
  made.value = Math.min(now || 0, goal);
  return made;
}

function shape(name, attributes, content = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = content;
  return made;
}

function rates(rounds) {
  const high = 130, width = 600 / Math.max(rounds.length, 1);
  const parts = [0, 0.5, 1].flatMap((share) => {
    const y = high - (high - 15) * share;
    return [
      shape("line", { x1: 40, x2: 640, y1: y, y2: y }),
      shape("text", { x: 18, y: y + 4 }, `${100 * share} %`),
    ];
  });
  rounds.forEach((round, i) => {
    [["achieved", 0.15], ["predicted", 0.5]].forEach(([kind, from]) => {
      if (!known(round[kind])) return;
      const height = Math.max(1, (high - 15) * round[kind]);
      const x = 40 + (i + from) * width;
      parts.push(shape("rect", { class: kind, x, y: high - height, width: 0.3 * width, height }));
    });
    parts.push(shape("text", { x: 40 + (i + 0.475) * width, y: high + 15 }, round.number));
  });
  at("rates").replaceChildren(...parts);
}

function facts(state) {
  const counts = state.counts;
  const all = {
    inside: state.inside,
    calls: state.calls,
    ok: counts.ok,
    unphysical: counts.unphysical,
    failed: counts.failed,
    pending: state.pending,
    "last hit rate": percent(state.hit_rate),
    "coverage (estimated)": percent(state.coverage),
    "calls per hour": figure(state.pace),
    "inside per hour": figure(state.gain),
    "running for": duration(state.seconds),
    "to go": duration(state.remaining),
  };
  at("facts").replaceChildren(...Object.entries(all).map(([name, value]) => {
    const made = element("div");
    made.append(element("dt", name), element("dd", value));
    return made;
  }));
}

function show(state) {
  document.title = `${state.inside} inside, ${state.name}`;
  at("name").textContent = state.name;
  const running = state.phase === "evaluating" ? ` ${state.done}/${state.batch}` : "";
  const by = state.writer ? `, ${state.writer}` : "";
  at("phase").textContent = `round ${state.round}: ${state.phase}${running}${by}`;
  at("note").textContent = [state.note, state.trouble].filter(Boolean).join("; ");
  facts(state);
  table("goals", ["rule", "now", "at", "", "in"], state.goals.map((goal) => [
    goal.rule, figure(goal.now), figure(goal.goal), bar(goal.now, goal.goal), duration(goal.seconds),
  ]));
  rates(state.rounds);
  table("rounds", ["round", "proposer", "points", "predicted", "achieved", "took"],
    state.rounds.map((round) => [
      round.number, round.proposer, round.points, percent(round.predicted),
      percent(round.achieved), duration(round.seconds),
    ]));
  table("stages", ["stage", "points", "mean / s", "longest / s"], state.stages.map((stage) => [
    stage.name, stage.points, figure(stage.mean), figure(stage.longest),
  ]));
  table("failures", ["point", "stage", "reason"], state.failures.map((failure) => [
    failure.point, failure.stage, failure.reason,
  ]));
}

async function look() {
  try {
    const answer = await fetch("state.json");
    const state = await answer.json();
    if (state.error) throw new Error(state.error);
    show(state);
  } catch (error) {
    at("note").textContent = `nothing new: ${error.message}`;
  }
  setTimeout(look, EVERY);
}

look();
