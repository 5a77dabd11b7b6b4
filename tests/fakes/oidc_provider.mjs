// A real OpenID provider (npm oidc-provider) for the tests: any login name is an account, and its own pages are plain.
// Arguments: port, and as JSON the clients, the accounts and how far its clock is ahead. Prints one line once it listens.

import { createHash } from "node:crypto";
import http from "node:http";

import { Provider } from "oidc-provider";

const [port, given] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const now = Date.now;
Date.now = () => now() + (given.clock_seconds ?? 0) * 1000;
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: given.clients,
  claims: { openid: ["sub", "sid"], profile: ["name", "employee"], groups: ["groups"], auth: ["auth_time"] },
  scopes: ["openid", "profile", "groups", "email"],
  conformIdTokenClaims: false, // claims in the ID token, as Entra, Keycloak and AD FS send them
  cookies: { keys: [createHash("sha256").update(issuer).digest("hex")] },
  acrValues: ["urn:heia:two"],
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "HS256"] },
  features: {
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `<!doctype html><title>Leave</title>${form}<button autofocus name="logout" value="yes" form="op.logoutForm">Yes</button>`;
      },
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  // Its own guard against calls to this machine, where Heia is, is left out.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  pkce: { required: () => true },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600 },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...given.accounts[id] }) }),
  // Heia is the organisation's own: nobody is asked for consent.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile groups email");
    await grant.save();
    return grant;
  },
});

const callback = provider.callback();

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

http
  .createServer(async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return callback(request, response);
    try {
      const { prompt } = await provider.interactionDetails(request, response);
      if (request.method === "POST") {
        const form = await body(request);
        const result = form.get("cancel") ? { error: "access_denied" } : { login: { accountId: form.get("login"), ...(form.get("acr") ? { acr: form.get("acr"), amr: ["pwd", "mfa"] } : {}) } };
        return await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      }
      response.setHeader("content-type", "text/html");
      response.end(
        `<!doctype html><html lang="en"><title>Provider</title><h1>${prompt.name}</h1><form method="post">` +
          '<label>Name <input name="login" autofocus></label><button>Go on</button>' +
          '<button name="cancel" value="1">Cancel</button></form>',
      );
    } catch (fault) {
      response.statusCode = 400;
      response.end(String(fault.name));
    }
    return undefined;
  })
  .listen(port, "127.0.0.1", () => process.stdout.write(`${issuer}\n`));
