// Saves the latest stories, as My news or the front page shows them, with their pictures.
// The job is stored beside them, so that it goes on after the worker was stopped or the network lost.
import { SAVED, SAVED_MINE, find, isPage, isPrivate, put, putPage } from "./copies.js";

const STORIES = 30;
const PICTURES_EACH = 2;
const AUTO_EVERY_MS = 3_600_000;
const PATIENCE_MS = 20_000;
// Chromium counts a picture of another site as up to this much, whatever its size, so that its size
// stays a secret.
const PICTURE_BYTES = 15_000_000;
const JOB = `${root}/offline/job`;
const PICTURE = `${root}/offline/picture`;
const LISTS = [`${root}/mine`, `${root}/`];
const CARD = /<article class="entry[^>]* data-id="(\d+)"(?:[^>]* data-story="(\d+)")?/g;
const LEAD = new RegExp(`<h1[^>]*><a href="(${root}/entries/\\d+)`);
const IMAGE = /<img[^>]* src="(https?:[^"]+)"/g;
const IMAGES = /(<(?:img|link)\b[^>]* (?:src|href)=")(https?:[^"]+)/g;

// An address in a page, as the keys of a cache have it; "" if it is none.
function parse(address) {
  try {
    return new URL(address.replaceAll("&amp;", "&")).href;
  } catch {
    return "";
  }
}

const FULL = "QuotaExceededError";
const isFull = ({ name }) => name === FULL;

const NEW = { state: "running", done: 0, missed: 0, tried: 0, pictures: 0 };
// The job that this worker is at.
let running = null;

const load = async (name) => (await find(JOB, name))?.json();
const store = ({ cache, ...job }) => cache.put(JOB, new Response(JSON.stringify(job)));

async function tell({ cache, ...job }) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage({ saving: job });
}

async function update(job) {
  await store(job).catch(() => {}); // a full device may have no room for this, either
  await tell(job);
}

// A page as if nobody had opened it; undefined if it cannot be kept.
async function ask(address) {
  const headers = { Purpose: "prefetch" };
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  return isPage(response) && !response.redirected ? response : undefined;
}

// The lists that a reader begins with, and what to save: the first stories of My news if it has any,
// else of the front page.
async function plan(job) {
  for (const list of LISTS) {
    const response = await ask(list);
    if (!response) continue;
    job.mine ??= isPrivate(response);
    job.cache ??= await caches.open(job.mine ? SAVED_MINE : SAVED);
    const text = await putPage(job.cache, list, response);
    job.pages.push(list);
    job.stories ??= storiesOf(text);
  }
}

function storiesOf(text) {
  const found = [...text.matchAll(CARD)].slice(0, STORIES);
  return found.length ? found.map(([, entry, story]) => ({ entry, story })) : undefined;
}

async function savePage(job, address) {
  const response = await ask(address);
  if (!response) return "";
  if (isPrivate(response) !== job.mine) job.cancelled = true; // somebody signed in or out
  if (job.cancelled) return "";
  job.pages.push(address);
  return putPage(job.cache, address, response);
}

async function hasRoom() {
  const { quota, usage } = await navigator.storage.estimate();
  return quota - usage > PICTURE_BYTES;
}

async function savePicture(job, address) {
  if (await find(address, job.mine ? SAVED_MINE : SAVED)) return;
  if (!(await hasRoom())) throw new DOMException("", FULL);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const options = { mode: "no-cors", credentials: "omit", referrerPolicy: "no-referrer", signal };
  await put(job.cache, address, await fetch(address, options));
}

async function saveStory(job, { entry, story }) {
  const cover = story ? await savePage(job, `${root}/stories/${story}`) : "";
  const [, lead] = LEAD.exec(cover) ?? [];
  const article = await savePage(job, lead ?? `${root}/entries/${entry}`);
  if (job.cancelled) return;
  const found = new Set([...(article + cover).matchAll(IMAGE)].map(([, address]) => parse(address)));
  found.delete("");
  job.images = [...new Set([...job.images, ...[...found].slice(0, PICTURES_EACH)])];
  job.done += 1;
  if (!article) job.missed += 1;
}

// Remove what earlier jobs saved.
async function sweep({ cache, pages, images }) {
  const wanted = new Set([JOB, ...pages, ...images].map((address) => new URL(address, location).href));
  const old = (await cache.keys()).filter(({ url }) => !wanted.has(url));
  await Promise.all(old.map((key) => cache.delete(key, { ignoreVary: true })));
}

async function saveStories(job) {
  while (!job.cancelled && job.done < job.stories.length) {
    await saveStory(job, job.stories[job.done]);
    await update(job);
  }
}

// The pictures come last, so that they take no room from the texts. One that its publisher does not
// give is no reason to stop.
async function savePictures(job) {
  while (!job.cancelled && !job.cramped && job.tried < job.images.length) {
    try {
      await savePicture(job, job.images[job.tried]);
      job.pictures += 1;
    } catch (error) {
      job.cramped = isFull(error);
      if (!job.cramped && !navigator.onLine) throw error;
    }
    job.tried += 1;
    await update(job);
  }
}

async function run(job) {
  running = job;
  job.state = "running";
  try {
    await update(job);
    await saveStories(job);
    // A site in trouble leaves what was saved before.
    if (!job.cancelled && job.missed < job.done / 2) await sweep(job);
    await savePictures(job);
    job.state = job.cancelled ? "cancelled" : "done";
  } catch (error) {
    job.state = isFull(error) ? "full" : "waiting";
  }
  running = null;
  await update(job);
}

async function begin(auto) {
  if (running) return tell(running);
  const job = { ...NEW, at: Date.now(), auto, pages: [], images: [] };
  running = job;
  try {
    await plan(job);
  } catch (error) {
    running = null;
    return tell({ ...job, state: isFull(error) ? "full" : "unreachable" });
  }
  running = null;
  await (job.stories ? run(job) : tell({ state: "nothing" }));
}

async function eachUnfinished(act) {
  for (const name of [SAVED_MINE, SAVED]) {
    const job = await load(name);
    if (/running|waiting/.test(job?.state)) await act({ ...job, cache: await caches.open(name) });
  }
}

// Go on with a job that was interrupted.
const resume = () => running ?? eachUnfinished(run);

async function auto() {
  const jobs = await Promise.all([SAVED_MINE, SAVED].map(load));
  const last = Math.max(...jobs.map((job) => job?.at ?? 0));
  if (Date.now() - last >= AUTO_EVERY_MS) await begin(true);
}

async function cancel() {
  if (running) running.cancelled = true;
  else await eachUnfinished((job) => update({ ...job, state: "cancelled" }));
}

async function remove() {
  if (running) running.cancelled = true;
  await Promise.all([SAVED, SAVED_MINE].map((name) => caches.delete(name)));
  await tell({});
}

const ORDERS = { now: () => begin(false), auto, resume, cancel, remove };
export const obey = (order) => ORDERS[order]();
export const goOn = resume;

// What a reader saved goes with their session.
export async function forgetSaved() {
  if (running?.mine) running.cancelled = true;
  await caches.delete(SAVED_MINE);
}

// --- showing what is saved ---

// Pictures of a copy that are saved get an address of ours, at which the worker has them: so the
// worker leaves all other requests to other sites alone.
export async function withPictures(text) {
  const saved = new Set();
  for (const name of [SAVED_MINE, SAVED])
    if (await caches.has(name))
      for (const { url } of await (await caches.open(name)).keys()) saved.add(url);
  return text.replace(IMAGES, (all, before, address) => {
    const known = saved.has(parse(address));
    return known ? `${before}${PICTURE}?of=${encodeURIComponent(parse(address))}` : all;
  });
}

export const isPicture = ({ pathname }) => pathname === PICTURE;
export async function picture({ searchParams }) {
  const address = searchParams.get("of");
  return (await find(address, SAVED_MINE)) ?? (await find(address, SAVED)) ?? Response.error();
}
