// The slides: keys turn pages, N shows the notes, F fills the screen.
"use strict";

const slides = [...document.querySelectorAll("section")];
const shown = () => slides.findIndex((slide) => slide.getBoundingClientRect().bottom > innerHeight / 2);
const show = (i) => slides[Math.max(0, Math.min(i, slides.length - 1))].scrollIntoView();
const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };

function toggleNotes() {
  const i = shown();
  document.body.classList.toggle("notes");
  show(i);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in steps) show(shown() + (event.shiftKey ? -1 : 1) * steps[event.key]);
  else if (event.key === "Home") show(0);
  else if (event.key === "End") show(slides.length - 1);
  else if (event.key === "n") toggleNotes();
  else if (event.key !== "f") return;
  else if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
  event.preventDefault();
});
if (location.hash === "#notes") toggleNotes();
document.body.dataset.ready = "";
