// A moving picture: sliders choose among frames, and a button plays the first slider.
"use strict";

const EVERY = 600; // milliseconds per frame

/** Begin, once Bokeh has drawn: a frame has the columns that change, by number of `sources`. */
globalThis.motion = ({ sources, frames, coloured, inked }) => {
  const { says, colourings } = JSON.parse(document.getElementById("data").textContent);
  const sliders = [...document.querySelectorAll("input[type=range]")];
  const [button, by, told] = ["play", "colouring", "says"].map((id) => document.getElementById(id));
  let clock = null;

  /** Show the frame that the sliders say: the last of them changes fastest. */
  function show() {
    let at = 0;
    for (const slider of sliders) {
      at = at * (Number(slider.max) + 1) + Number(slider.value);
      const text = JSON.parse(slider.dataset.labels)[slider.value];
      slider.setAttribute("aria-valuetext", text);
      document.querySelector(`output[for="${slider.id}"]`).textContent = text;
    }
    frames[at].forEach((columns, i) => { sources[i].data = { ...sources[i].data, ...columns }; });
    told.textContent = says[at];
    document.body.dataset.frame = at;
  }

  function play(on) {
    clearInterval(clock);
    clock = on ? setInterval(step, EVERY) : null;
    button.textContent = on ? "Stop" : "Play";
    told.setAttribute("aria-live", on ? "off" : "polite"); // nobody wants to hear every frame
  }

  function step() {
    const [first] = sliders;
    first.value = Number(first.value) + 1;
    show();
    if (first.value === first.max) play(false);
  }

  function pressed() {
    if (sliders[0].value === sliders[0].max) sliders[0].value = 0; // from the beginning
    show();
    play(!clock);
  }

  function paint() {
    const { names, colours, codes } = colourings[by.value];
    const shades = colours.map(drawn);
    const ink = getComputedStyle(document.body).color;
    if (coloured) coloured.data = { ...coloured.data, colour: codes.map((code) => shades[code]) };
    inked.forEach(([model, ...properties]) => properties.forEach((name) => { model[name] = ink; }));
    document.getElementById("legend").replaceChildren(...names.map((name, k) => make(
      "span", {}, make("span", { class: "swatch", style: `background: ${shades[k]}` }), name,
    )));
  }

  sliders.forEach((slider) => slider.addEventListener("input", show));
  button.addEventListener("click", pressed);
  by.addEventListener("change", paint);
  dark.addEventListener("change", paint);
  paint();
  show();
  // In a notebook the frame around the page is as high as the page.
  if (window.frameElement) window.frameElement.height = document.documentElement.scrollHeight;
  document.body.dataset.ready = "";
};
