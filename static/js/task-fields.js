// <task-fields> around the choice of a quest's task: another choice brings the fields of that task, and the rest of the form stays as it is.
class TaskFields extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.bring());
  }

  async bring() {
    const form = this.closest("form");
    const sent = new FormData(form);
    sent.set("_choosing", "1");
    this.asked = sent;
    const answer = await fetch(location.href, { method: "POST", body: sent });
    // Only the latest choice counts; without an answer the fields come with the page that a save brings.
    if (!answer.ok || this.asked !== sent) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    form.querySelector(".task-fields").replaceWith(page.querySelector(".task-fields"));
  }
}

customElements.define("task-fields", TaskFields);
