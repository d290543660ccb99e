// Times one move of a widget as its user sees it: from the key that is pressed to the last change of what the
// widget shows.  `stopwatch.start(area, shown)` before the key, `await stopwatch.read()` after it.
window.stopwatch = (() => {
  const PATIENCE = 120000;    // ms: against waiting without end
  const QUIET = 100;          // ms after the kernel's last answer and the last change: the picture is done
  const UNMOVED = 500;        // ms after the kernel's last answer, and no change: no picture will come
  const UNHEARD = 2000;       // ms after the key, and nothing was sent to the kernel: the key does nothing
  const pause = ms => new Promise(done => setTimeout(done, ms));

  class Run {
    constructor(area, shown) {
      this.area = area;
      this.shown = shown;  // a selector of the parts that show something
      this.pressed = this.changed = this.answered = 0;
      this.seen = this.look();
      this.waiting = new Set();  // messages that the kernel has not answered
      this.kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
      this.kernel.anyMessage.connect(this.hear, this);
      this.observer = new MutationObserver(() => this.check());
      this.observer.observe(area, {subtree: true, childList: true, characterData: true, attributes: true});
      for (const type of ["keydown", "input"]) window.addEventListener(type, this, true);
    }

    handleEvent(event) {
      if (!this.changed) this.pressed = event.timeStamp;
    }

    hear(_kernel, {msg, direction}) {
      if (direction === "send" && msg.header.msg_type === "comm_msg") this.waiting.add(msg.header.msg_id);
      if (msg.header.msg_type === "status" && msg.content.execution_state === "idle"
          && this.waiting.delete(msg.parent_header.msg_id)) this.answered = performance.now();
    }

    look() {
      const parts = [...this.area.querySelectorAll(this.shown)];
      return parts.map(part => part.innerText + [...part.querySelectorAll("img")].map(image => image.src)).join();
    }

    async check() {
      await Promise.all([...this.area.querySelectorAll("img")].map(image => image.decode().catch(() => null)));
      requestAnimationFrame(() => setTimeout(() => {  // after the frame that holds the change
        const seen = this.look();
        if (seen === this.seen) return;
        this.seen = seen;
        this.changed = performance.now();
      }));
    }

    settled() {
      const wait = this.changed ? QUIET : this.answered ? UNMOVED : UNHEARD;
      const last = Math.max(this.pressed, this.changed, this.answered);
      return this.waiting.size === 0 && performance.now() - last > wait;
    }

    async read() {
      const end = performance.now() + PATIENCE;
      while (!this.settled() && performance.now() < end) await pause(20);
      this.observer.disconnect();
      this.kernel.anyMessage.disconnect(this.hear, this);
      for (const type of ["keydown", "input"]) window.removeEventListener(type, this, true);
      return this.changed ? (this.changed - this.pressed) / 1000 : null;
    }
  }

  let run = null;
  return {
    start(area, shown) { run = new Run(area, shown); },
    read() { return run.read(); },
  };
})();
