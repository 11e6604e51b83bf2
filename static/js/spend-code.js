// <spend-code src="…"> keeps a fresh one-time code on the screen: it fetches the next one before this one ends.
const MARGIN = 10;
const RETRY = 3;

class SpendCode extends HTMLElement {
  connectedCallback() {
    for (const part of ["shown", "timer", "left", "lost", "status"]) this[part] = this.querySelector(`[data-${part}]`);
    this.renewal = () => this.renew();
    this.begin();
    if (!this.ends) return;
    this.ticker = setInterval(() => this.tick(), 1000);
    document.addEventListener("visibilitychange", () => this.tick());
    addEventListener("online", this.renewal);
    document.querySelector("[data-renew]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.renew();
    });
  }

  disconnectedCallback() {
    clearInterval(this.ticker);
    removeEventListener("online", this.renewal);
  }

  // Take over the code that is on the page now.
  begin() {
    const code = this.querySelector("[data-code]");
    this.ends = code ? Date.now() + Number(code.dataset.seconds) * 1000 : 0;
    this.retryAt = 0;
    const text = this.querySelector("[data-static]");
    if (text) text.hidden = true;
    this.timer.hidden = !code;
    if (code) this.tick();
  }

  tick() {
    if (!this.ends) return;
    const left = Math.ceil((this.ends - Date.now()) / 1000);
    this.left.textContent = `0:${String(Math.max(0, left - MARGIN)).padStart(2, "0")}`;
    if (left <= MARGIN && !document.hidden && Date.now() >= this.retryAt) this.renew();
    if (left <= 0) this.lose();
  }

  async renew() {
    if (this.busy) return;
    this.busy = true;
    this.retryAt = Date.now() + RETRY * 1000;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { "HX-Request": "true" }, redirect: "manual", cache: "no-store" });
      // Logged out elsewhere: the log-in page is the way on.
      if (answer.type === "opaqueredirect") location.reload();
      else if (answer.ok) this.show(await answer.text());
      else this.failed = true;
    } catch {
      // No connection: the code stays until it ends, and the clock tries again.
      this.failed = true;
    }
    this.busy = false;
  }

  show(html) {
    this.failed = false;
    this.shown.innerHTML = html;
    if (!this.lost.hidden) this.status.textContent = this.status.dataset.backText;
    this.lost.hidden = true;
    this.shown.hidden = false;
    this.begin();
  }

  // An ended code must not look like a good one.
  lose() {
    this.shown.hidden = true;
    this.timer.hidden = true;
    if (!this.failed || !this.lost.hidden) return;
    this.lost.hidden = false;
    this.status.textContent = this.status.dataset.lostText;
  }
}

customElements.define("spend-code", SpendCode);
