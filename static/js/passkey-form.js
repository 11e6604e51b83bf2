// <passkey-form data-mode="create|get|login"><form>…</form></passkey-form>: asks the device for a passkey and sends its answer.
// create and get take their options from #passkey_options, login fetches them from the form's address.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const withId = (entry) => ({ ...entry, id: bytes(entry.id) });

function forCreation({ publicKey: options }) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: withId(options.user),
    excludeCredentials: (options.excludeCredentials ?? []).map(withId),
    // A passkey logs in by itself: it knows whose it is, and checks that it's them.
    authenticatorSelection: {
      ...options.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
  };
}

function forRequest({ publicKey: options }) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map(withId),
  };
}

function asJson(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) answer[name] = text(response[name]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: answer,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

class PasskeyForm extends HTMLElement {
  connectedCallback() {
    if (!window.PublicKeyCredential) return;
    this.hidden = false;
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  async options() {
    if (this.dataset.mode !== "login") return JSON.parse(document.getElementById("passkey_options").textContent);
    const answer = await fetch(this.form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no passkey options");
    return answer.json();
  }

  async ask() {
    const [error, button] = [this.querySelector("[role=alert]"), this.querySelector("button")];
    error.hidden = true;
    button.disabled = true;
    try {
      const options = await this.options();
      const credential =
        this.dataset.mode === "create"
          ? await navigator.credentials.create({ publicKey: forCreation(options.creation_options) })
          : await navigator.credentials.get({ publicKey: forRequest(options.request_options) });
      this.form.elements.credential.value = JSON.stringify(asJson(credential));
      this.form.submit();
    } catch {
      error.hidden = false;
      button.disabled = false;
    }
  }
}

customElements.define("passkey-form", PasskeyForm);
