// Service worker. CONFIG is put before this file by the server: version, shell, offline, card, logout, icon.
const SHELL = `zheton-shell-${CONFIG.version}`;
const KEPT = "zheton-card";
// At a till nobody waits: after this many milliseconds the kept card is shown.
const PATIENCE = 2500;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(CONFIG.shell))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(renew());
});

async function renew() {
  for (const name of await caches.keys()) {
    if (name.startsWith("zheton-shell-") && name !== SHELL) await caches.delete(name);
  }
  await self.clients.claim();
  // A kept card points at the style sheets of its time: fetch it again with the new ones.
  if (await caches.has(KEPT)) await refresh().catch(() => {});
}

self.addEventListener("message", (event) => {
  if (event.data?.type !== "keep-card") return;
  event.waitUntil(refresh().catch(() => {}));
});

async function refresh() {
  await store(await fetch(CONFIG.card, { credentials: "same-origin", redirect: "manual", cache: "no-store" }));
}

// Keep a good answer; forget the card when the site says that nobody is signed in.
async function store(response) {
  if (response.ok) {
    const cache = await caches.open(KEPT);
    await cache.put(CONFIG.card, response.clone());
  } else if (response.type === "opaqueredirect" || [401, 403, 404].includes(response.status)) {
    await caches.delete(KEPT);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === CONFIG.logout) event.waitUntil(caches.delete(KEPT));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(url.pathname === CONFIG.card ? card(event) : page(request));
  } else if (CONFIG.shell.includes(url.pathname + url.search)) {
    event.respondWith(asset(request));
  } else if (CONFIG.shell.some((kept) => kept.split("?")[0] === url.pathname)) {
    // Another version of a kept file: the network's if there is one, else the nearest.
    event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreSearch: true }).then((kept) => kept ?? Response.error())));
  }
});

async function asset(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(CONFIG.offline, { cacheName: SHELL })) ?? Response.error();
  }
}

async function card(event) {
  const kept = await caches.match(CONFIG.card, { cacheName: KEPT });
  const fresh = fetch(event.request).then(async (response) => {
    await store(response);
    return response;
  });
  event.waitUntil(fresh.catch(() => {}));
  if (!kept) return fresh.catch(() => page(event.request));
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fresh, patience]).catch(() => kept);
}

// Push messages: {title, body, url, tag, lang}. A repetition (same tag) replaces the first.
self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data?.json() ?? {};
  } catch {
    // Not ours.
  }
  if (!message.title) return;
  const { title, body, url, tag, lang } = message;
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, icon: CONFIG.icon, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.url));
});

// Only ever a page of ours: in a window that is there already, else in a new one.
async function openPage(address) {
  const url = new URL(address || "/", self.location.origin);
  const target = url.origin === self.location.origin ? url.href : "/";
  for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (!client.focused && client.visibilityState === "hidden") continue;
    try {
      await client.navigate(target);
      return client.focus();
    } catch {
      // A window that we don't control can't be led anywhere.
    }
  }
  return self.clients.openWindow(target);
}
