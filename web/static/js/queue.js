// What is marked without a network: kept in IndexedDB and sent later, each thing once.
// Only where a service worker can be: it purges the queue with the pages when somebody signs out.

const FLAG = "marsad-queue";
const possible = "serviceWorker" in navigator && "locks" in navigator;

export const send = (url, body, token, options) =>
  fetch(url, {
    method: "POST",
    body,
    headers: {
      Accept: "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
      "X-CSRFToken": token,
    },
    ...options,
  });

export async function freshToken() {
  const answer = await fetch("/session/token");
  if (!answer.ok) throw new Error("signed out");
  return (await answer.json()).token;
}

const opened = () =>
  new Promise((resolve, reject) => {
    const asked = indexedDB.open("marsad", 1);
    asked.onupgradeneeded = () =>
      asked.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

async function within(act) {
  const base = await opened();
  const change = base.transaction("queue", "readwrite");
  const asked = act(change.objectStore("queue"));
  await new Promise((resolve, reject) => {
    change.oncomplete = resolve;
    change.onabort = () => reject(change.error);
  }).finally(() => base.close());
  return asked.result;
}

// Whether it could be kept.
export async function enqueue(url, body) {
  if (!possible) return false;
  await within((queue) => queue.add({ url, body }));
  localStorage[FLAG] = 1;
  return true;
}

// How many things were sent.
export async function flush() {
  if (!possible || !localStorage[FLAG]) return 0;
  return navigator.locks.request(FLAG, async () => {
    let sent = 0;
    const waiting = await within((queue) => queue.getAll());
    const token = waiting.length && (await freshToken());
    for (const { id, url, body } of waiting) {
      const { status } = await send(url, body, token);
      if (status >= 500 || status === 429) return sent;
      await within((queue) => queue.delete(id));
      sent += 1;
    }
    delete localStorage[FLAG];
    return sent;
  });
}

export function forget() {
  delete localStorage[FLAG];
  sessionStorage.clear();
  indexedDB.deleteDatabase("marsad");
}
