// A certified OpenID provider (npm oidc-provider) for tests: whoever comes is logged in as the last POST to /control says.
import { createServer } from "node:http";

const [, , library, asked] = process.argv;
const { default: Provider } = await import(library);
const { issuer, port, pages } = JSON.parse(asked);

let person = { accountId: "anna", acr: "pwd", amr: ["pwd"] };
const sent = [];

const provider = new Provider(issuer, {
  clients: [{
    client_id: "api",
    client_secret: pages.secret,
    redirect_uris: [`${pages.url}/auth/callback`],
    post_logout_redirect_uris: [`${pages.url}/auth/logged-out`],
    backchannel_logout_uri: `${pages.url}/auth/backchannel-logout`,
    backchannel_logout_session_required: true,
  }],
  pkce: { required: () => true },
  acrValues: ["pwd", "mfa"],
  claims: { openid: ["sub", "amr"], acr: null, auth_time: null, sid: null, profile: ["name"], email: ["email"] },
  conformIdTokenClaims: false,
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
  cookies: { keys: ["not secret: only tests see it"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, email: `${id}@example.org` }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 300, IdToken: 300 },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
  // What would go to the pages stays here: the test carries it over, because its pages listen on no port.
  async fetch(url, options) {
    sent.push({ url: String(url), body: String(options.body) });
    return new Response(null, { status: 200 });
  },
});

const answer = provider.callback();
const read = async (request) => { let body = ""; for await (const part of request) body += part; return body; };
createServer(async (request, response) => {
  if (request.url === "/control") {
    person = JSON.parse(await read(request));
    response.end();
  } else if (request.url === "/sent") {
    response.end(JSON.stringify(sent.splice(0)));
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { ...person, ts: Math.floor(Date.now() / 1000) } });
  } else {
    answer(request, response);
  }
}).listen(port, "127.0.0.1", () => console.log("ready"));
