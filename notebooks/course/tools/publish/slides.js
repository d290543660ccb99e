// Sets the mathematics, starts the slides, and makes what is still too tall for the screen smaller.
const SCREEN = { width: 1280, height: 720 };

function wrap(section) {
  const fit = document.createElement("div");
  fit.className = "fit";
  fit.append(...[...section.childNodes].filter(node => node.nodeName !== "ASIDE"));
  section.prepend(fit);
}

function fit(section) {
  const inner = section?.querySelector(":scope > .fit");
  if (!inner || inner.dataset.fitted) return;
  const style = getComputedStyle(section);
  const room = SCREEN.height - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  let zoom = 1;
  const isTooBig = () => inner.scrollHeight * zoom > room || inner.scrollWidth > inner.clientWidth + 1;
  while (zoom > 0.4 && isTooBig()) inner.style.zoom = zoom -= 0.04;
  inner.dataset.fitted = zoom.toFixed(2);
}

async function start() {
  for (const section of document.querySelectorAll(".slides section")) {
    if (!section.querySelector(":scope > section")) wrap(section);
  }
  await MathJax.startup.promise;
  await Reveal.initialize({ ...SCREEN, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
    controls: true, progress: true, plugins: [RevealNotes] });
  Reveal.on("slidechanged", event => fit(event.currentSlide));
  fit(Reveal.getCurrentSlide());
  document.documentElement.dataset.ready = "yes";
}

start();
