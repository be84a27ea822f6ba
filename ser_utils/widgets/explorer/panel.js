// What the explorer tells of an utterance, and of a selection of them.
"use strict";

/** Make a table of rows of cells; the first row and the first column are headers. */
function makeTable([head, ...body]) {
  const cells = (row, first, rest) => row.map((cell, column) => {
    const properties = column ? { class: "number" } : {};
    if (rest === "th" || !column) properties.scope = rest === "th" ? "col" : "row";
    return make(column ? rest : first, properties, `${cell}`);
  });
  const line = (row) => make("tr", {}, ...cells(row, "th", "td"));
  return make("div", { class: "table" }, make(
    "table", {},
    make("thead", {}, make("tr", {}, ...cells(head, "th", "th"))),
    make("tbody", {}, ...body.map(line)),
  ));
}

const percent = (share, digits = 0) => share === null ? "–" : `${(100 * share).toFixed(digits)} %`;

/** Make the panel; `select` is called with the row of a neighbour that is chosen. */
function makePanel(data, select) {
  const { rows, systems, classes, task } = data;
  const right = data.colourings.correctness.codes;
  const name = (row) => `${rows.language[row]}, ${rows.emotion[row]}, ${rows.speaker[row]}`;
  let player = null;

  /** A player of an utterance, which becomes a sentence if there is nothing to hear. */
  function heard(row, preload) {
    const sorry = (reason) => make("p", { class: "note" }, `Cannot be heard. ${reason}`);
    if (rows.problem[row]) return sorry(rows.problem[row]);
    const file = `sound/${rows.key[row]}.ogg`;
    const audio = make("audio", {
      src: file, preload, controls: "", "aria-label": `Sound of ${name(row)}`,
      onerror: () => audio.replaceWith(sorry(`There is no ${file} beside this page.`)),
      onplay: () => document.querySelectorAll("audio").forEach((other) => {
        if (other !== audio) other.pause();
      }),
    });
    return audio;
  }

  function picture(row) {
    if (rows.problem[row]) return "";
    const figure = make("figure", {}, make("img", {
      src: `picture/${rows.key[row]}.png`, alt: `Log-mel spectrogram of ${name(row)}`,
      onerror: () => figure.remove(),
    }), make("figcaption", {}, "log-mel energies: time to the right, 64 bands to 8 kHz upward"));
    return figure;
  }

  function verdict(i, row) {
    const p = systems[i].p?.[row];
    if (p === undefined) return { short: "no prediction", cells: ["no prediction", "", ""] };
    const says = classes[systems[i].predicted[row]];
    const mark = right[i][row] === 0 ? "right" : "wrong";
    const cells = [says, percent(p), mark === "right" ? "✓ right" : "✗ wrong"];
    return { short: `${says}, ${mark}`, cells };
  }

  function facts(row) {
    const known = [
      [rows.target[row] ? "target" : "source", `${rows.language[row]}, ${rows.dataset[row]}`],
      ["speaker", `${rows.speaker[row]} (${rows.gender[row] || "gender unknown"})`],
      ["emotion", [rows.intensity[row], rows.emotion[row]].join(" ").trim()],
      ["sentence", rows.sentence[row] || "unknown"],
      [task, classes[rows.true[row]]],
    ];
    const body = known.map(([what, is]) => make(
      "tr", {}, make("th", { scope: "row" }, what), make("td", {}, is),
    ));
    const verdicts = systems.map(({ title }, i) => [title, ...verdict(i, row).cells]);
    return make(
      "div", {}, make("table", {}, make("tbody", {}, ...body)),
      makeTable([["system", "says", `P(${classes[1]})`, ""], ...verdicts]),
    );
  }

  function nearest(system, row) {
    const found = system.nearest[row];
    const other = found.filter((each) => rows.target[each] !== rows.target[row]).length;
    const what = data.domains.includes("source") ? "corpus" : "language";
    const items = found.map((each) => make(
      "li", {},
      make("button", { type: "button", onclick: () => select(each) }, name(each)),
      rows.target[each] === rows.target[row] ? "" : make("span", { class: "other" }, `other ${what}`),
      heard(each, "none"),
    ));
    return make(
      "section", { class: "nearest" }, make("h3", {}, `Nearest for ${system.title}`),
      make("p", { class: "soft" }, `${other} of ${found.length} are of the other ${what}.`),
      make("ol", {}, ...items),
    );
  }

  /** Show the utterance of a row. */
  function show(row) {
    player = heard(row, "auto");
    document.getElementById("told").textContent = `${name(row)}. ` + systems.map(
      ({ title }, i) => `${title}: ${verdict(i, row).short}`,
    ).join("; ");
    document.getElementById("panel").replaceChildren(
      facts(row), make("div", { class: "heard" }, picture(row), player),
    );
    document.getElementById("neighbours").replaceChildren(
      ...systems.map((system) => nearest(system, row)),
    );
  }

  /** Unweighted average recall of a system on some rows, null where a class is missing. */
  function uar(i, chosen) {
    if (!systems[i].p) return null;
    const recalls = [0, 1].map((value) => {
      const own = chosen.filter((row) => rows.true[row] === value);
      return own.filter((row) => right[i][row] === 0).length / own.length;
    });
    return recalls.some(Number.isNaN) ? null : (recalls[0] + recalls[1]) / 2;
  }

  /** Say what is in a selection of rows, or nothing if there is none. */
  function summarise(chosen) {
    const place = document.getElementById("selection");
    if (!chosen.length) return place.replaceChildren();
    const sides = [0, 1].map((side) => chosen.filter((row) => rows.target[row] === side));
    const emotions = [...new Set(chosen.map((row) => rows.emotion[row]))].sort();
    const counts = (of) => of.map((part) => part.length);
    const head = [...data.domains, "both"];
    const count = (emotion) => counts([...sides, chosen].map(
      (part) => part.filter((row) => rows.emotion[row] === emotion),
    ));
    const scores = systems.map(({ title }, i) => [
      title, ...[...sides, chosen].map((part) => percent(uar(i, part), 1)),
    ]);
    return place.replaceChildren(
      make("h2", {}, `Selected: ${chosen.length} utterances`),
      makeTable([["emotion", ...head], ...emotions.map((each) => [each, ...count(each)]),
        ["all", ...counts([...sides, chosen])]]),
      make("div", {}, makeTable([["UAR", ...head], ...scores]), make(
        "p", { class: "soft" }, "– : a class is missing there.",
      )),
    );
  }

  /** Play what is shown, or stop it. */
  function toggle() {
    if (player?.paused) player.play().catch(() => {});
    else player?.pause?.();
  }

  return { show, summarise, toggle };
}
