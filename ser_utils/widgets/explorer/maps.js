// The maps of the explorer: colours, what is hidden, what is selected. Bokeh draws them.
"use strict";

/** Begin, once Bokeh has drawn: `points` are of all maps, the others are lists by map. */
globalThis.explorer = ({ points, figures, views, marks }) => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { order, colourings, systems } = data;
  const place = new Map(order.map((row, index) => [row, index])); // of a row, among the points
  const by = document.getElementById("colouring");
  const number = document.getElementById("row");
  const hidden = {}; // names of hidden groups, by colouring
  const whole = { start: figures[0].x_range.start, end: figures[0].x_range.end };
  let isShown = []; // by map, by row
  let current = 0;
  const panel = makePanel(data, select);

  const codes = (colouring, i) => colouring.codes[colouring.codes.length > 1 ? i : 0];

  function recolour() {
    const colouring = colourings[by.value];
    const colours = colouring.colours.map(drawn);
    systems.forEach((_, i) => {
      const group = codes(colouring, i);
      points.data[`colour${i}`] = order.map((row) => colours[group[row]]);
    });
    points.change.emit();
    const ink = getComputedStyle(document.body).color;
    marks.forEach((rings) => { rings.glyph.line_color = ink; });
    document.getElementById("legend").replaceChildren(...colouring.names.map((name, k) => make(
      "button",
      { type: "button", "aria-pressed": !hidden[by.value]?.has(name), onclick: () => toggle(name) },
      make("span", { class: "swatch", style: `background: ${colours[k]}` }), name,
    )));
  }

  function toggle(name) {
    hidden[by.value] ??= new Set();
    if (!hidden[by.value].delete(name)) hidden[by.value].add(name);
    const at = [...document.activeElement.parentNode.children].indexOf(document.activeElement);
    recolour();
    document.getElementById("legend").children[at]?.focus();
    hide();
  }

  /** Show on each map what is in no hidden group, of whatever colouring. */
  function hide() {
    const tests = Object.entries(hidden).filter(([, names]) => names.size);
    isShown = systems.map((_, i) => order.map((_, row) => tests.every(([colouring, names]) => {
      const { names: groups } = colourings[colouring];
      return !names.has(groups[codes(colourings[colouring], i)[row]]);
    })));
    views.forEach((view, i) => {
      view.booleans = tests.length ? order.map((row) => isShown[i][row]) : null;
    });
    const counts = isShown.map((rows) => rows.filter(Boolean).length);
    const told = document.getElementById("shown");
    told.textContent = tests.length ? `Shown: ${[...new Set(counts)].join(", ")} of ${order.length}. ` : "";
    if (tests.length) told.append(make("button", { type: "button", onclick: showAll }, "Show all"));
  }

  function showAll() {
    Object.keys(hidden).forEach((each) => delete hidden[each]);
    recolour();
    hide();
  }

  /** Select the utterance of a row: a large ring, and a small one for each neighbour. */
  function select(row) {
    current = row;
    number.value = row + 1;
    marks.forEach((rings, i) => {
      const at = [row, ...systems[i].nearest[row]];
      const column = (name) => at.map((each) => points.data[`${name}${i}`][place.get(each)]);
      rings.data_source.data = { x: column("x"), y: column("y"), size: at.map((_, k) => k ? 9 : 18) };
    });
    panel.show(row);
  }

  /** Go to the next row (step 1) or the one before (-1) that some map shows. */
  function walk(step) {
    for (let row = current + step; row >= 0 && row < order.length; row += step) {
      if (isShown.some((rows) => rows[row])) return select(row);
    }
    return undefined;
  }

  /** Select the point that is nearest to a tap on a map, if it is within 20 pixels. */
  function tapped(i, { x, y }) {
    const { x_range: across, y_range: up, inner_width: width, inner_height: height } = figures[i];
    const scale = [width / (across.end - across.start), height / (up.end - up.start)];
    let [best, least] = [null, 20];
    order.forEach((row, index) => {
      const distance = Math.hypot(
        (points.data[`x${i}`][index] - x) * scale[0], (points.data[`y${i}`][index] - y) * scale[1],
      );
      if (distance < least && isShown[i][row]) [best, least] = [row, distance];
    });
    document.querySelectorAll(".map")[i].focus({ preventScroll: true });
    if (best !== null) select(best);
  }

  function zoom(factor) {
    for (const range of [figures[0].x_range, figures[0].y_range]) {
      const [middle, half] = [(range.start + range.end) / 2, (range.end - range.start) / 2];
      range.setv(factor ? { start: middle - half * factor, end: middle + half * factor } : whole);
    }
  }

  function drag(tool) {
    figures.forEach(({ toolbar }) => { toolbar.active_drag = toolbar.tools[tool] ?? null; });
    document.querySelectorAll("[data-drag]").forEach((button) => {
      button.setAttribute("aria-pressed", button.dataset.drag === `${tool}`);
    });
  }

  function pressed(event) {
    const on = (what) => event.target.closest(what);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") points.selected.indices = [];
    else if (step && !on("input, select, audio")) walk(step);
    else if (event.key === " " && !on("button, input, select, audio, a")) panel.toggle();
    else return;
    event.preventDefault();
  }

  const onClick = (data_, act) => document.querySelectorAll(`[data-${data_}]`).forEach((button) => {
    button.addEventListener("click", () => act(Number(button.dataset[data_])));
  });
  onClick("zoom", zoom);
  onClick("drag", drag);
  onClick("step", walk);
  figures.forEach((figure, i) => figure.on_event("tap", (event) => tapped(i, event)));
  points.selected.connect(points.selected.properties.indices.change, () => {
    panel.summarise([...points.selected.indices].map((index) => order[index]));
  });
  document.getElementById("select-shown").addEventListener("click", () => {
    points.selected.indices = order.map((_, index) => index).filter(
      (index) => isShown.some((rows) => rows[order[index]]),
    );
  });
  by.addEventListener("change", recolour);
  number.addEventListener("change", () => {
    select(Math.min(Math.max(Math.round(number.value) || 1, 1), order.length) - 1);
  });
  document.addEventListener("keydown", pressed);
  dark.addEventListener("change", recolour);
  // A finger scrolls the page, and does not drag a map away.
  if (matchMedia("(pointer: coarse)").matches) drag(-1);
  recolour();
  hide();
  select(0);
  document.body.dataset.ready = "";
};
