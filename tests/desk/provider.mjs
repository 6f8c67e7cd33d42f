// The identity provider that desk and wallets are tried with: certified, not ours, on this machine, with people who are invented.
// Arguments: folder with node_modules, where the portal is. Prints where it listens; ends when its input does.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, portal] = process.argv.slice(2);
const found = createRequire(join(folder, 'x.js')).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(found));

const people = {
  'reditelka-1': { name: 'Růžena Řezníčková', eduperson_entitlement: ['urn:example:mu:registrar'] },
  'host-2': { name: 'Ďurďa Hostová', eduperson_entitlement: ['urn:example:other'] },
};
const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  Ed25519: ['ed25519', {}],
};
const keys = Object.entries(kinds).map(([alg, [kind, options]]) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig',
}));
const client = (name, more) => ({
  client_id: name,
  client_secret: 'a secret that is long enough: 32+',
  redirect_uris: [`${portal}/desk/signed-in`],
  post_logout_redirect_uris: [`${portal}/desk`],
  response_types: ['code'],
  grant_types: ['authorization_code'],
  ...more,
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      ...Object.keys(kinds).map((alg) => client(`desk-${alg}`, { id_token_signed_response_alg: alg })),
      client('desk-HS256', { id_token_signed_response_alg: 'HS256' }),
      client('desk-post', { token_endpoint_auth_method: 'client_secret_post' }),
      client('wallet', { redirect_uris: [`${portal}/wallet/signed-in`], post_logout_redirect_uris: [] }),
    ],
    enabledJWA: { idTokenSigningAlgValues: [...Object.keys(kinds), 'HS256'] },
    claims: { openid: ['sub'], profile: ['name'], entitlements: ['eduperson_entitlement'] },
    scopes: ['openid', 'profile', 'entitlements'],
    cookies: { keys: ['only here'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit());
