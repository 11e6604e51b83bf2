// <resend-timer data-seconds="42" data-text="A new code in"><button>…</button></resend-timer>: the button waits, counting down.
class ResendTimer extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.label = this.button.textContent;
    this.ends = Date.now() + Number(this.dataset.seconds) * 1000;
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const left = Math.ceil((this.ends - Date.now()) / 1000);
    this.button.disabled = left > 0;
    if (left > 0) {
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      this.button.textContent = `${this.dataset.text} ${clock}`;
    } else {
      this.button.textContent = this.label;
      clearInterval(this.timer);
    }
  }
}

customElements.define("resend-timer", ResendTimer);
