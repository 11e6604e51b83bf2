// <pending-spends src="…" every="10"> shows the tills that wait for the member's answer. It asks while the page is in view.
class PendingSpends extends HTMLElement {
  connectedCallback() {
    this.shown = "";
    this.innerHTML = "";
    this.hidden = true;
    this.onView = () => this.schedule(0);
    document.addEventListener("visibilitychange", this.onView);
    this.schedule(0);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onView);
    clearTimeout(this.timer);
  }

  schedule(seconds) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.ask(), seconds * 1000);
  }

  async ask() {
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { "HX-Request": "true" }, redirect: "manual" });
      // Logged out elsewhere: nobody is asked any more.
      if (answer.type === "opaqueredirect") return;
      if (answer.ok) this.show((await answer.text()).trim());
    } catch {
      // No connection: what is shown stays, the next round tries again.
    }
    this.schedule(Number(this.getAttribute("every")));
  }

  show(html) {
    if (html === this.shown) return;
    this.shown = html;
    this.innerHTML = html;
    this.hidden = !html;
  }
}

customElements.define("pending-spends", PendingSpends);
