// <level-moment><div class="moment">…</div></level-moment>: a new level, opened over the page once. The server is told that it was seen.
class LevelMoment extends HTMLElement {
  connectedCallback() {
    const box = this.querySelector(".moment");
    const form = this.querySelector("form");
    if (!box.showPopover || this.opened) return;
    this.opened = true;
    const before = document.activeElement;
    this.dataset.open = "";
    box.popover = "auto";
    box.showPopover();
    form.querySelector("button").focus();
    box.addEventListener("toggle", (event) => {
      if (event.newState !== "closed") return;
      delete this.dataset.open;
      this.hidden = true;
      before?.focus?.();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      box.hidePopover();
    });
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, keepalive: true });
  }
}

customElements.define("level-moment", LevelMoment);
