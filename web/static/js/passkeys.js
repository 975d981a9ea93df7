// Passkeys: the browser answers a challenge, and the answer goes into an ordinary form.
import { all, one, say } from "./page.js";

// A challenge is good for ten minutes.
const RENEW_MS = 8 * 60_000;

const messages = {
  NotAllowedError: words["passkey.cancelled"],
  InvalidStateError: words["passkey.known"],
};

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function fetchOptions(form) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  const headers = { Accept: "application/json" };
  const response = await fetch(form.dataset.options, { method: "POST", body, headers });
  const data = await response.json();
  if (!response.ok) throw new Error(data.error.message);
  const { publicKey } = data;
  publicKey.challenge = decode(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = decode(publicKey.user.id);
  for (const known of publicKey.excludeCredentials ?? []) known.id = decode(known.id);
  form.elements.challenge.value = data.challenge;
  return publicKey;
}

function asJson({ id, rawId, type, response }) {
  const fields = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) fields[name] = encode(response[name]);
  }
  return JSON.stringify({ id, rawId: encode(rawId), type, response: fields });
}

async function answer(form, options) {
  const publicKey = await fetchOptions(form);
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, ...options });
  form.elements.answer.value = asJson(credential);
  form.submit();
}

let offered = null;

// The browser names passkeys among the suggestions for the field of the name, if it can.
async function offer(form) {
  offered?.abort();
  offered = new AbortController();
  await answer(form, { mediation: "conditional", signal: offered.signal }).catch(() => {});
}

async function offerFor(form) {
  if (!form || !one("[autocomplete~=webauthn]")) return;
  if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
  offer(form);
  setInterval(() => offer(form), RENEW_MS);
}

async function ask(event) {
  event.preventDefault();
  offered?.abort();
  try {
    await answer(event.target);
  } catch (error) {
    say(messages[error.name] ?? (error.name === "Error" ? error.message : words["passkey.failed"]));
  }
}

const supported = "PublicKeyCredential" in window;
for (const form of all("[data-passkey]")) {
  form.hidden = false;
  form.onsubmit = supported ? ask : (event) => {
    event.preventDefault();
    say(words["passkey.unsupported"]);
  };
}
offerFor(one('[data-passkey="get"]'));
