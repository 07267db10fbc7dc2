// openid-client (a certified relying party) against a running server: ISSUER CLIENT_ID CLIENT_SECRET.
// NODE_MODULES says where openid-client is installed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [issuer, id, secret] = process.argv.slice(2);
const oidc = await import(pathToFileURL(join(process.env.NODE_MODULES, "openid-client/build/index.js")));
const back = "https://app.example.org/callback";
const options = { execute: [oidc.allowInsecureRequests] };
const config = await oidc.discovery(new URL(issuer), id, undefined, oidc.ClientSecretBasic(secret), options);

const cookies = new Map();
async function go(where, form) {
  let answer = await visit(where, form);
  while (answer.status === 303) {
    const next = new URL(answer.headers.get("location"), issuer);
    if (next.origin !== new URL(issuer).origin) return { next };
    // A page that goes on by itself stands between the log-in and the answer.
    answer = await visit(next.pathname.replace("/return/", "/continue/") + next.search);
  }
  return { page: await answer.text(), status: answer.status };
}

async function visit(where, form) {
  const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  const body = form && new URLSearchParams(form);
  const answer = await fetch(new URL(where, issuer), {
    method: form ? "POST" : "GET", headers, body, redirect: "manual",
  });
  for (const said of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(said);
    cookies.set(name, value);
  }
  return answer;
}

function formOf(page) {
  const [, action, inner] = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(page);
  const fields = {};
  for (const [tag] of inner.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields[/name="([^"]*)"/.exec(tag)[1]] = /value="([^"]*)"/.exec(tag)[1];
  }
  return [action, fields];
}

async function signIn(more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const where = oidc.buildAuthorizationUrl(config, {
    redirect_uri: back, scope: "openid profile email offline_access", state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...more,
  });
  let answer = await go(where.pathname + where.search);
  if (answer.page) {
    const [action, fields] = formOf(answer.page);
    answer = await go(action, { ...fields, name: "alice", password: "demo" });
  }
  assert.ok(answer.next, `not sent back: ${answer.page}`);
  return oidc.authorizationCodeGrant(config, answer.next, {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, ...(more.max_age ? { maxAge: more.max_age } : {}),
  });
}

const tokens = await signIn();
const claims = tokens.claims();
assert.equal(claims.acr, "pwd");
const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
assert.equal(person.email, "alice@demo.example");
const silent = await signIn({ prompt: "none", max_age: 10000 });
assert.equal(silent.claims().sub, claims.sub);
const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
assert.equal((await oidc.tokenIntrospection(config, again.access_token)).active, true);
await oidc.tokenRevocation(config, again.refresh_token);
assert.equal((await oidc.tokenIntrospection(config, again.access_token)).active, false);
const pushed = await oidc.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: back, scope: "openid", state: "s",
  code_challenge: await oidc.calculatePKCECodeChallenge("v".repeat(50)), code_challenge_method: "S256",
});
assert.match(pushed.searchParams.get("request_uri"), /^urn:/);
const device = await oidc.initiateDeviceAuthorization(config, { scope: "openid" });
assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
const end = oidc.buildEndSessionUrl(config, { id_token_hint: silent.id_token, post_logout_redirect_uri: "https://app.example.org/left" });
assert.equal((await go(end.pathname + end.search)).next.href, "https://app.example.org/left");
console.log("openid-client is content");
