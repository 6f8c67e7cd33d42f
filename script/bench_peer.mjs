// Times verifications by @digitalbazaar/vc: a line with a number in, the milliseconds of that many verifications out.
// Run by bench.py in a folder that has the packages: node bench_peer.mjs DOCUMENT CONTEXTS
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const require = createRequire(`${process.cwd()}/`);
const load = name => import(pathToFileURL(require.resolve(name)));
const vc = await load('@digitalbazaar/vc');
const {DataIntegrityProof} = await load('@digitalbazaar/data-integrity');
const {cryptosuite} = await load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const Ed25519 = await load('@digitalbazaar/ed25519-multikey');
const packages = await Promise.all(['credentials', 'data-integrity', 'multikey'].map(
  name => load(`@digitalbazaar/${name}-context`)));

const [documentFile, contextsFile] = process.argv.slice(2);
const credential = JSON.parse(readFileSync(documentFile, 'utf8'));
const documents = new Map(Object.entries(JSON.parse(readFileSync(contextsFile, 'utf8'))));
for(const package_ of packages) {
  for(const [url, context] of package_.contexts ?? package_.default.contexts) {
    documents.set(url, context);
  }
}

const controller = 'https://example.org/issuer';
const key = await Ed25519.generate({id: `${controller}#key`, controller});
const verificationMethod = await key.export({publicKey: true});
documents.set(verificationMethod.id, {'@context': 'https://w3id.org/security/multikey/v1', ...verificationMethod});
documents.set(controller, {
  '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  id: controller, assertionMethod: [verificationMethod],
});
const base = vc.defaultDocumentLoader;
const documentLoader = async url => documents.has(url)
  ? {contextUrl: null, documentUrl: url, document: documents.get(url)}
  : base(url);

credential.issuer = {...credential.issuer, id: controller};
const signed = await vc.issue({
  credential, documentLoader, suite: new DataIntegrityProof({signer: key.signer(), cryptosuite}),
});
const verify = async () => {
  const suite = new DataIntegrityProof({cryptosuite});
  const result = await vc.verifyCredential({credential: signed, suite, documentLoader});
  if(!result.verified) {
    throw new Error(JSON.stringify(result.error, null, 1));
  }
};
await verify();
console.log('ready');
for await (const line of createInterface({input: process.stdin})) {
  const start = performance.now();
  for(let number = 0; number < Number(line); number++) {
    await verify();
  }
  console.log((performance.now() - start) / Number(line));
}
