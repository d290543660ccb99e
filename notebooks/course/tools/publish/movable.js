// A slider chooses which of a figure's frames is shown; all of them are in the page.
for (const figure of document.querySelectorAll("figure.movable")) {
  const slider = figure.querySelector("input");
  const frames = [...figure.querySelectorAll("img")];
  const show = () => {
    const shown = frames[slider.valueAsNumber];
    for (const frame of frames) frame.hidden = frame !== shown;
    slider.setAttribute("aria-valuetext", shown.dataset.value);
    figure.querySelector(".value").textContent = shown.dataset.value;
    figure.querySelector("output").textContent = shown.dataset.finding;
  };
  slider.addEventListener("input", show);
  show();  // a browser that comes back to a page may have kept the slider where it was
}
