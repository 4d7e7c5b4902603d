//go:build tools

// Helm is built from here, as an ordinary dependency.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
