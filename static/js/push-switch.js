// <push-switch key="…" action="…"><button>…</button></push-switch> subscribes this browser to push messages.
// The browser's question for permission comes on a press of the button and never by itself.
class PushSwitch extends HTMLElement {
  async connectedCallback() {
    const button = this.querySelector("button");
    if (!button || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
    this.querySelector("[data-plain]").hidden = true;
    button.addEventListener("click", () => this.allow(button));
    if (Notification.permission === "denied") return this.show("denied");
    const worker = await navigator.serviceWorker.getRegistration("/");
    const known = Notification.permission === "granted" && (await worker?.pushManager.getSubscription());
    // A subscription made with another key of ours, or that the server forgot, is renewed by the button.
    if (known && this.getAttribute("known").split(" ").includes(await mark(known.endpoint))) this.show("on");
    else button.hidden = false;
  }

  async allow(button) {
    button.disabled = true;
    this.show();
    try {
      if ((await Notification.requestPermission()) !== "granted") return this.show("denied");
      await navigator.serviceWorker.register("/sw.js", { scope: "/" });
      const worker = await navigator.serviceWorker.ready;
      const old = await worker.pushManager.getSubscription();
      await old?.unsubscribe();
      await this.tell(await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(this.getAttribute("key")) }));
      location.reload();
    } catch {
      this.show("failed");
    } finally {
      button.disabled = false;
    }
  }

  async tell(subscription) {
    const { endpoint, keys } = subscription.toJSON();
    const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(this.getAttribute("action"), { method: "POST", body, credentials: "same-origin" });
    if (answer.ok && !answer.redirected) return;
    await subscription.unsubscribe();
    throw new Error(String(answer.status));
  }

  show(state) {
    for (const name of ["on", "denied", "failed"]) this.querySelector(`[data-${name}]`).hidden = name !== state;
    this.querySelector("button").hidden = state === "on" || state === "denied";
    this.querySelector("[role=status]").textContent = state ? this.querySelector(`[data-${state}]`).textContent.trim() : "";
  }
}

// As the server writes it: the first 16 signs of the SHA-256 of the address.
async function mark(endpoint) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return [...hash.slice(0, 8)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

function bytes(key) {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (one) => one.charCodeAt(0));
}

customElements.define("push-switch", PushSwitch);
