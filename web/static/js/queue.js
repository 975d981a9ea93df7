// Actions made offline: queued in IndexedDB and sent later, each once.
// Only with a service worker, which purges the queue with the pages at sign-out.

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
  const response = await fetch(`${root}/session/token`);
  if (!response.ok) throw new Error("signed out");
  return (await response.json()).token;
}

const openDatabase = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("marsad", 1);
    opening.onupgradeneeded = () =>
      opening.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

async function inQueue(act) {
  const database = await openDatabase();
  const transaction = database.transaction("queue", "readwrite");
  const request = act(transaction.objectStore("queue"));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  }).finally(() => database.close());
  return request.result;
}

// Whether the action could be queued.
export async function enqueue(url, body) {
  if (!possible) return false;
  await inQueue((queue) => queue.add({ url, body }));
  localStorage[FLAG] = 1;
  return true;
}

// The number of actions sent.
export async function flush() {
  if (!possible || !localStorage[FLAG]) return 0;
  return navigator.locks.request(FLAG, async () => {
    let sent = 0;
    const waiting = await inQueue((queue) => queue.getAll());
    const token = waiting.length && (await freshToken());
    for (const { id, url, body } of waiting) {
      const { status } = await send(url, body, token);
      if (status >= 500 || status === 429) return sent;
      await inQueue((queue) => queue.delete(id));
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
