// The controls of the linked panels, and the colours of all charts in light and dark.
// What is shown was computed before; here it is only chosen, coloured and sorted.
"use strict";

(function () {
  const ROWS = 15;
  const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779",
                   "#6ece58", "#b5de2b", "#fde725"];
  const KIND_COLOURS = ["#d0502c", "#e08a00", "#8a8f98", "#2a85c7"]; // failed ... inside
  const SMALL = 1500, MANY = 20000; // points, for the size of a dot
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const id = (name) => document.getElementById(name);
  const make = (tag, text) => Object.assign(document.createElement(tag), {textContent: text ?? ""});

  function figure(value) {
    if (!Number.isFinite(value)) return value === Infinity ? "∞" : "–";
    const size = Math.abs(value), short = Number(value.toPrecision(5));
    const written = size === 0 || (size >= 1e-3 && size < 1e6);
    const text = written ? String(short) : short.toExponential().replace("e+", "e");
    return text.replaceAll("-", "−");
  }

  const grouped = (n) => n >= 10000 ? n.toLocaleString("en").replaceAll(",", "\u202f") : String(n);

  // --- colours of all charts

  function paint(charts) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--ink"), quiet = colour("--quiet"), rule = colour("--rule");
    for (const chart of charts) {
      chart.outline_line_color = rule;
      for (const axis of [...chart.below, ...chart.left]) {
        axis.setv({axis_line_color: quiet, major_tick_line_color: quiet,
                   minor_tick_line_color: null, major_label_text_color: quiet,
                   axis_label_text_color: ink, axis_label_text_font_style: "normal"});
      }
      for (const part of chart.center) {
        if (part.type === "Grid") part.grid_line_color = rule;
      }
    }
  }

  // --- the panels

  function explore(bokeh, charts) {
    const {columns, pairs, colour, kinds, table, show} = JSON.parse(id("explorer").textContent);
    const source = bokeh.get_model_by_name("points");
    const view = bokeh.get_model_by_name("shown");
    const mapper = bokeh.get_model_by_name("colours");
    const Model = (name) => new (Bokeh.Models.get(name))();
    const plain = () => {
      const formatter = Model("BasicTickFormatter");
      formatter.setv({power_limit_low: -4, power_limit_high: 6});
      return formatter;
    };
    const data = (name) => source.data[name];
    const about = Object.fromEntries(columns.map((column) => [column.name, column]));
    const status = data("status"), count = status.length;
    const atLeast = {inside: kinds.indexOf("inside"), answered: kinds.indexOf("outside"), all: 0};
    let visible = [], order = {name: "chi2", up: true};

    const panels = pairs.map((pair, number) => {
      const place = document.querySelector(`[data-panel="${number}"]`);
      const chart = charts.find((one) => one.name === `panel-${number}`);
      return {chart, dots: chart.renderers[0], x: place.querySelector(".x"),
              y: place.querySelector(".y"), logX: place.querySelector(".log-x"),
              logY: place.querySelector(".log-y"), pair};
    });

    function options(select, chosen, skip) {
      const groups = new Map();
      for (const {name, unit, group} of columns) {
        if (name === skip) continue;
        if (!groups.has(group)) {
          groups.set(group, Object.assign(make("optgroup"), {label: group}));
          select.append(groups.get(group));
        }
        const option = make("option", unit ? `${name} [${unit}]` : name);
        option.value = name;
        groups.get(group).append(option);
      }
      select.value = chosen;
    }

    function extent(values, rows, positive) {
      let low = Infinity, high = -Infinity;
      for (const row of rows) {
        const value = values[row];
        if (!Number.isFinite(value) || (positive && value <= 0)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      return low <= high ? [low, high] : null;
    }

    function setAxis(panel, which) {
      const name = panel[which].value;
      const box = which === "x" ? panel.logX : panel.logY;
      const positive = extent(data(name), visible, true);
      box.disabled = positive === null;
      const log = box.checked && positive !== null;
      const kind = log ? "LogScale" : "LinearScale";
      if (panel.chart[`${which}_scale`].type !== kind) panel.chart[`${which}_scale`] = Model(kind);
      let [start, end] = (log ? positive : extent(data(name), visible, false)) ?? [1, 2];
      setTicks(panel.chart[which === "x" ? "below" : "left"][0], log ? end / start : 0, start);
      if (log) {
        const factor = start < end ? Math.pow(end / start, 0.04) : 1.5;
        [start, end] = [start / factor, end * factor];
      } else {
        const margin = start < end ? 0.04 * (end - start) : 0.1 * Math.abs(start) || 1;
        [start, end] = [start - margin, end + margin];
      }
      panel.chart[`${which}_range`].setv({start, end, reset_start: start, reset_end: end});
      // each change of a glyph makes all of its points anew
      if (panel.dots.glyph[which].field !== name) panel.dots.glyph[which] = {field: name};
    }

    function setTicks(axis, ratio, start) {
      const decades = ratio > 1000;
      axis.ticker = Model(decades ? "LogTicker" : ratio > 4 ? "FixedTicker" : "BasicTicker");
      axis.formatter = decades ? Model("LogTickFormatter") : plain();
      if (axis.ticker.type === "FixedTicker") {
        const first = Math.floor(Math.log10(start)) - 2; // some more, to be seen after zooming out
        const powers = Array.from({length: 8}, (_, step) => first + step);
        axis.ticker.ticks = powers.flatMap((power) => [1, 2, 5].map((n) => Number(`${n}e${power}`)));
      }
    }

    function setColour() {
      const name = id("colour").value, values = data(name), scale = id("scale");
      scale.replaceChildren();
      if (name === "status") {
        mapper.setv({palette: KIND_COLOURS, low: -0.5, high: 3.5});
        kinds.forEach((kind, number) => {
          if (number < atLeast[id("show").value]) return;
          const dot = make("i");
          dot.className = "dot";
          dot.style.background = KIND_COLOURS[number];
          scale.append(dot, kind);
        });
      } else {
        const known = Float64Array.from(visible.map((row) => values[row]).filter(Number.isFinite));
        known.sort();
        const at = (share) => known[Math.round(share * (known.length - 1))] ?? 0;
        const low = at(name === "chi2" ? 0 : 0.01);
        let high = at(0.99);
        if (!(high > low)) high = low + 1;
        // small numbers stand out from the paper, and large ones do not vanish in it
        const palette = dark.matches ? VIRIDIS.slice(2).reverse() : VIRIDIS.slice(0, 9);
        mapper.setv({palette: smooth(palette), low, high, nan_color: "#8a8f98"});
        const strip = make("i");
        strip.style.background = `linear-gradient(to right, ${palette.join(", ")})`;
        scale.append(figure(low), strip, figure(high));
      }
      for (const {dots} of panels) {
        for (const glyph of [dots.glyph, dots.nonselection_glyph]) {
          if (glyph.fill_color.field !== name) glyph.fill_color = {field: name, transform: mapper};
        }
      }
    }

    function smooth(palette) {
      const parts = palette.map((text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16)));
      return Array.from({length: 128}, (_, step) => {
        const at = step / 127 * (parts.length - 1), left = Math.min(Math.floor(at), parts.length - 2);
        const mixed = parts[left].map((c, i) => c + (at - left) * (parts[left + 1][i] - c));
        return `#${mixed.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
      });
    }

    function choose() {
      const least = atLeast[id("show").value];
      const filters = [...id("filters").children].map((row) => {
        const [low, high] = [...row.querySelectorAll("input")].map((box) => parseFloat(box.value));
        const name = row.querySelector("select").value;
        return [data(name), Number.isNaN(low) ? -Infinity : low, Number.isNaN(high) ? Infinity : high];
      }).filter(([, low, high]) => low > -Infinity || high < Infinity);
      visible = [];
      for (let row = 0; row < count; row++) {
        // a missing number passes no filter
        if (status[row] >= least && filters.every(([v, low, high]) => v[row] >= low && v[row] <= high)) {
          visible.push(row);
        }
      }
      const Filter = Bokeh.Models.get("IndexFilter");
      view.filter = new Filter({indices: visible});
      const size = visible.length > MANY ? 2.5 : visible.length > SMALL ? 4 : 6;
      for (const panel of panels) {
        for (const glyph of [panel.dots.glyph, panel.dots.nonselection_glyph]) {
          if (glyph.size.value !== size) glyph.size = {value: size};
        }
        setAxis(panel, "x");
        setAxis(panel, "y");
      }
      setColour();
      list();
    }

    function list() {
      const chosen = source.selected.indices;
      const marks = new Uint8Array(count);
      for (const row of chosen) marks[row] = 1;
      const rows = chosen.length ? visible.filter((row) => marks[row]) : [...visible];
      id("counts").textContent = `${grouped(visible.length)} of ${grouped(count)} points shown`
        + (chosen.length ? `, ${grouped(rows.length)} selected` : "");
      const values = data(order.name), sign = order.up ? 1 : -1;
      const key = (row) => Number.isNaN(values[row]) ? Infinity : sign * values[row];
      rows.sort((a, b) => { const x = key(a), y = key(b); return x < y ? -1 : x > y ? 1 : 0; });
      id("clear").hidden = !chosen.length;
      id("table-title").textContent = `${chosen.length ? "Selected points" : "Points shown"}`
        + (rows.length > ROWS ? `, the first ${ROWS}` : "");
      const head = make("tr"), names = table;
      for (const name of names) {
        const cell = make("th"), button = make("button", name === "id" ? "point" : name);
        cell.className = "num";
        button.type = "button";
        button.title = `sort by ${name}`;
        button.onclick = () => {
          order = {name, up: order.name === name ? !order.up : true};
          list();
        };
        if (name === order.name) cell.ariaSort = order.up ? "ascending" : "descending";
        cell.append(button);
        head.append(cell);
      }
      const body = rows.slice(0, ROWS).map((row) => {
        const line = make("tr");
        line.title = "show this point in the panels";
        line.onclick = () => { source.selected.indices = [row]; };
        for (const name of names) {
          line.append(Object.assign(make("td", name === "id" ? data(name)[row] : figure(data(name)[row])),
                                    {className: "num"}));
        }
        return line;
      });
      id("points").tHead.replaceChildren(head);
      id("points").tBodies[0].replaceChildren(...body);
    }

    function addFilter() {
      const row = make("div"), remove = make("button", "remove");
      const select = Object.assign(make("select"), {ariaLabel: "number"});
      options(select, order.name, "id");
      const [low, high] = ["min", "max"].map((text) =>
        Object.assign(make("input"), {type: "number", step: "any", placeholder: text, ariaLabel: text}));
      remove.type = "button";
      remove.onclick = () => { row.remove(); choose(); };
      row.append(select, " ", low, " ", high, " ", remove);
      row.onchange = choose;
      id("filters").append(row);
      select.focus();
    }

    function clear() {
      source.selected.indices = [];
    }

    const SHOWN = {inside: "inside", answered: "all with an answer", all: "all"};
    for (const [value, text] of Object.entries(SHOWN)) {
      id("show").append(Object.assign(make("option", text), {value}));
    }
    id("show").value = show;
    options(id("colour"), colour, "id");
    for (const panel of panels) {
      for (const which of ["x", "y"]) {
        const box = which === "x" ? panel.logX : panel.logY;
        options(panel[which], panel.pair[which === "x" ? 0 : 1], "id");
        box.checked = about[panel[which].value].log;
        panel[which].onchange = () => {
          box.checked = about[panel[which].value].log;
          setAxis(panel, which);
        };
        box.onchange = () => setAxis(panel, which);
      }
    }
    id("show").onchange = choose;
    id("colour").onchange = setColour;
    id("add-filter").onclick = addFilter;
    document.querySelector(".controls").onsubmit = (event) => event.preventDefault();
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") clear();
    });
    id("clear").onclick = clear;
    dark.addEventListener("change", setColour);
    source.selected.properties.indices.change.connect(list);
    choose();
  }

  function start() {
    const bokeh = window.Bokeh && Bokeh.documents[0];
    if (!bokeh) {
      setTimeout(start, 20); // the charts are made asynchronously
      return;
    }
    const charts = [...bokeh.roots()];
    paint(charts);
    dark.addEventListener("change", () => paint(charts));
    if (id("explorer")) explore(bokeh, charts);
    document.documentElement.dataset.ready = "yes";
  }

  start();
})();
