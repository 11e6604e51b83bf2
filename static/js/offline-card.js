// The card on this device: kept by the service worker while somebody is signed in, wiped when nobody is.
const KEPT = "zheton-card";
const member = document.body.dataset.member;

async function wipe() {
  sessionStorage.removeItem(KEPT);
  if ("caches" in window) await caches.delete(KEPT);
}

async function keep() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  const { active } = await navigator.serviceWorker.ready;
  // Once per session and member is enough: the card's own page refreshes the copy whenever it is opened.
  if (sessionStorage.getItem(KEPT) === member) return;
  active.postMessage({ type: "keep-card", fresh: sessionStorage.getItem(KEPT) === null });
  sessionStorage.setItem(KEPT, member);
}

function showConnection() {
  for (const banner of document.querySelectorAll("[data-offline]")) banner.hidden = navigator.onLine;
}

if (member) {
  if (document.readyState === "complete") keep();
  else addEventListener("load", () => keep());
} else {
  wipe();
}
showConnection();
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
